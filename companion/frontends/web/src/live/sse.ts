/** The data of each server-sent event in `body`; `heard` is called whenever anything arrives, `noted` with each comment. */
export async function* lines(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
  noted: (comment: string) => void = () => undefined,
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      rest += decoder.decode(value, { stream: true });
      const complete = rest.split(/\r?\n/);
      rest = complete.pop() ?? "";
      for (const line of complete) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line.startsWith(":")) noted(line.slice(1));
        else if (line === "" && data.length) {
          yield data.join("\n");
          data = [];
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
