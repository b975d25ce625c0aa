// What is told of a value while it is being asked for: the answer may be from before it, and is brought up to date.

export class Changes<T> {
  private waiting: ((old: T) => T)[] | null = null;

  /** The value is asked for now. */
  begin(): void {
    this.waiting = [];
  }

  note(change: (old: T) => T): void {
    this.waiting?.push(change);
  }

  /** The answer, with all that was told since `begin`. */
  settle(found: T): T {
    const told = this.waiting ?? [];
    this.waiting = null;
    return told.reduce((value, change) => change(value), found);
  }
}
