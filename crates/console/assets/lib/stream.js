// Server-sent events over fetch, for the browser's own reader of them sends no Authorization.
import { ask } from "/console/lib/api.js";

// Reads until the stream ends. `hear(entries)` is given the entries of each piece at once; `open` is called once it follows.
export async function follow(since, hear, open, signal) {
  const answer = await ask("GET", "/v1/journal", { query: { since }, headers: { Accept: "text/event-stream" }, signal });
  open?.();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const end = rest.lastIndexOf("\n\n");
    if (end < 0) continue;
    const entries = [];
    for (const event of rest.slice(0, end).split("\n\n")) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
      if (data.length) entries.push(JSON.parse(data.join("\n")));
    }
    rest = rest.slice(end + 2);
    if (entries.length) hear(entries);
  }
}
