// Captions as an audience sees them, in any element: on the page for OBS, and in the settings' preview.
import "./captions.css";

export interface CaptionStyle {
  size: number;
  place: string;
  align: string;
  font: string;
  color: string;
  background: string;
  fade: number;
  lines: number;
  columns: number;
}

export class CaptionView {
  private readonly box = document.createElement("div");

  /** Draw into `root`; with `scale` a size in pixels is that many of the page's. */
  constructor(
    private readonly root: HTMLElement,
    private readonly scale = 1,
  ) {
    root.classList.add("captions");
    this.box.className = "captions-box";
    root.replaceChildren(this.box);
  }

  style(style: CaptionStyle): void {
    this.root.dataset.place = style.place;
    this.root.dataset.align = style.align;
    const own = this.root.style;
    own.setProperty("--size", `${style.size * this.scale}px`);
    own.setProperty("--font", style.font);
    own.setProperty("--color", style.color);
    own.setProperty("--background", style.background);
    own.setProperty("--fade", `${style.fade}s`);
  }

  /** Lines that stand already are left as they are; without lines, the last ones fade. */
  show(lines: readonly string[], final: boolean): void {
    this.root.classList.toggle("shown", lines.length > 0);
    this.root.classList.toggle("changing", !final);
    if (!lines.length) return;
    while (this.box.children.length > lines.length) this.box.lastElementChild?.remove();
    lines.forEach((text, at) => {
      const known = this.box.children[at]?.firstElementChild;
      if (known) {
        if (known.textContent !== text) known.textContent = text;
        return;
      }
      const line = document.createElement("div");
      const span = document.createElement("span");
      span.textContent = text;
      line.append(span);
      this.box.append(line);
    });
  }
}
