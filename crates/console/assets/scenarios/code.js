// A scenario as command line, HTTP and test code.
import { token } from "/console/lib/api.js";
import { quoted } from "/console/lib/format.js";
import { stepsOf } from "/console/scenarios/words.js";

const VARIABLE = "IDP_GATEWAY_ADMIN_TOKEN";

// The options of one step, in the order of the command's help.
function options(step) {
  const all = [];
  if (step.error) all.push(`--fail ${step.error}`);
  if (step.retry_after) all.push(`--retry-after ${step.retry_after}`);
  if (step.delay_ms) all.push(`--delay ${step.delay_ms}ms`);
  if (step.hang) all.push("--hang");
  if (step.drop) all.push(`--drop ${step.drop.replaceAll("_", "-")}`);
  if (step.answer) {
    all.push(`--answer ${step.answer.status}${step.answer.body ? ":answer.txt" : ""}`);
    for (const [name, value] of Object.entries(step.answer.headers ?? {})) all.push(`--header ${quoted(`${name}: ${value}`)}`);
  }
  if (step.truncate !== undefined) all.push(`--truncate ${step.truncate}`);
  if (step.malformed) all.push("--malformed json");
  if (step.flaw) all.push(`--flaw ${step.flaw}`);
  if (step.token) all.push(`--token ${step.token}`);
  if (step.pass) all.push("--pass");
  return all;
}

function command(spec, world) {
  const parts = ["idp-gateway scenario add"];
  if (world) parts[0] = `idp-gateway --namespace ${world} scenario add`;
  // The endpoint comes second: without a mount there is no place for it.
  if (spec.mount) parts.push(spec.mount);
  if (spec.mount && spec.endpoint) parts.push(spec.endpoint);
  for (const [name, option] of [["client_id", "client"], ["user", "user"], ["grant", "grant"], ["after", "after"], ["probability", "probability"], ["seed", "seed"], ["ttl", "ttl"]]) {
    if (spec[name] !== undefined) parts.push(`--${option} ${quoted(String(spec[name]))}`);
  }
  stepsOf(spec).forEach((step, index) => {
    if (index) parts.push("--then");
    parts.push(...options(step));
    if (step.times === null && spec.steps) parts.push("--times all");
    else if (step.times > 1 || (step.times === 1 && !spec.steps)) parts.push(`--times ${step.times}`);
  });
  const line = parts.join(" ");
  if (line.length <= 62) return line;
  const from = parts.findIndex((part, index) => index && part.startsWith("--"));
  return [parts.slice(0, from).join(" "), ...parts.slice(from)].join(" \\\n  ");
}

export function forms(spec, world) {
  const json = JSON.stringify(spec);
  const query = world ? `?namespace=${world}` : "";
  const url = `${location.origin}/v1/scenarios${query}`;
  const held = Boolean(token.get());
  const headers = { "Content-Type": "application/json" };
  const curl = held ? ` \\\n  -H "Authorization: Bearer $${VARIABLE}"` : "";
  const script = held ? `\n  headers: { "Content-Type": "application/json", Authorization: \`Bearer \${process.env.${VARIABLE}}\` },` : `\n  headers: ${JSON.stringify(headers)},`;
  const python = held ? `{"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["${VARIABLE}"]}` : JSON.stringify(headers);
  const canBeSaid = !(spec.endpoint && !spec.mount);
  return [
    ...(canBeSaid ? [["Command line", command(spec, world)]] : []),
    ["HTTP", `curl -s ${quoted(url)}${curl} \\\n  --json ${quoted(json)}`],
    ["JavaScript", `await fetch(${JSON.stringify(url)}, {\n  method: "POST",${script}\n  body: JSON.stringify(${JSON.stringify(spec, null, 2).replaceAll("\n", "\n  ")}),\n});`],
    ["Python", `import ${held ? "os, " : ""}urllib.request\n\nurllib.request.urlopen(urllib.request.Request(\n    ${JSON.stringify(url)},\n    data=${JSON.stringify(json)}.encode(),\n    headers=${python},\n))`],
    ["JSON", JSON.stringify(spec, null, 2)],
  ];
}
