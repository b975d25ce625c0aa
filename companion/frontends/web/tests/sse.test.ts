import { expect, test } from "vitest";
import { lines } from "../src/live/sse";

async function read(...chunks: Uint8Array[]): Promise<{ data: string[]; heard: number; comments: string[] }> {
  let heard = 0;
  const comments: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(control) {
      for (const chunk of chunks) control.enqueue(chunk);
      control.close();
    },
  });
  const data: string[] = [];
  for await (const one of lines(body, () => heard++, (comment) => comments.push(comment))) data.push(one);
  return { data, heard, comments };
}
const bytes = (text: string) => new TextEncoder().encode(text);

test("messages arrive whole, wherever the network cuts them, in the middle of a letter too", async () => {
  const whole = bytes('id: 7\ndata: {"title":"Größe"}\n\nid: 8\ndata: {"b":2}\n\n');
  for (let cut = 1; cut < whole.length; cut++) {
    const { data } = await read(whole.slice(0, cut), whole.slice(cut));
    expect(data).toEqual(['{"title":"Größe"}', '{"b":2}']);
  }
});

test("a heartbeat is heard and is no message; half a message is none either", async () => {
  const { data, heard, comments } = await read(bytes(":\n\n:17\n\n"), bytes("id: 9\ndata: {"));
  expect(data).toEqual([]);
  expect(heard).toBe(2);
  expect(comments).toEqual(["", "17"]);
});
