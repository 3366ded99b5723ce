// A request as the commonest languages send it.
import { baseOf } from "/console/try/request.js";

export function codes(mount, { method, path, headers, body }) {
  const url = baseOf(mount) + path;
  const pairs = Object.fromEntries(headers);
  const options = { method, headers: pairs, ...(body && { body }) };
  const python = [
    "import requests",
    "",
    `answer = requests.request(`,
    `    ${JSON.stringify(method)}, ${JSON.stringify(url)},`,
    `    headers=${JSON.stringify(pairs)},`,
    ...(body ? [`    data=${JSON.stringify(body)},`] : []),
    ")",
    "print(answer.status_code, answer.text)",
  ];
  return [
    ["JavaScript", `const answer = await fetch(${JSON.stringify(url)}, ${JSON.stringify(options, null, 2)});\nconsole.log(answer.status, await answer.text());`],
    ["Python", python.join("\n")],
  ];
}
