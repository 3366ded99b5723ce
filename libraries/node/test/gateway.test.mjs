// How a gateway is found, started and ended.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import test from "node:test";
import { Gateway, shared } from "idp-gateway-test";

const require = createRequire(import.meta.url);

test("it is the same library for import and require", () => {
  assert.equal(require("idp-gateway-test").Gateway, Gateway);
});

test("a binary that is none is told with who named it", async () => {
  await assert.rejects(Gateway.start({ binary: "/nowhere" }), /binary names \/nowhere/);
});

test("what keeps it from starting is told", async () => {
  await assert.rejects(Gateway.start({ mounts: ["bit"] }), /the sandbox has no mount `bit`; it has/);
});

test("a configuration of one's own is served", async () => {
  const config = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "own-")), "own.toml");
  fs.writeFileSync(config, '[[mount]]\nname = "mine"\ndialect = "bits-basic-form"\n');
  await assert.rejects(Gateway.start({ config, mounts: ["mine"] }), /leave out `mounts`/);
  const gateway = await Gateway.start({ config });
  assert.deepEqual((await gateway.world()).mounts, ["mine"]);
  assert.deepEqual((await Gateway.attach(gateway.adminUrl).world({ name: "by-name" })).mounts, ["mine"]);
  await gateway.stop();
  await assert.rejects(gateway.world(), /no gateway answers at http/);
});

test("a token is sent", async () => {
  const gateway = await Gateway.start({ mounts: ["bits"], env: { IDP_GATEWAY__ADMIN__TOKEN: "0123456789abcdef" } });
  await (await gateway.world()).end();
  await assert.rejects(Gateway.attach(gateway.adminUrl, "another-token-than-that").world(), /answered 401/);
  await gateway.stop();
});

test("all of a process share one", async () => {
  assert.equal(await shared(), await shared());
});

/** Whether the process is there. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function gone(pid) {
  for (let n = 0; n < 400 && isAlive(pid); n += 1) await new Promise((resolve) => setTimeout(resolve, 50));
  return !isAlive(pid);
}

const STARTS = `import { Gateway } from "idp-gateway-test";
const gateway = await Gateway.start({ mounts: ["bits"] });
console.log(gateway.process.child.pid);`;

for (const [how, more, kill] of [["ends", "", false], ["is killed", "setInterval(() => {}, 1000);", true]]) {
  test(`it ends with a process that ${how}`, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", STARTS + more], {
      cwd: new URL("..", import.meta.url),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(child.stdout, "data");
    if (kill) child.kill("SIGKILL");
    else await once(child, "exit");
    assert.ok(await gone(Number(line)), "it outlives the process that has started it");
  });
}
