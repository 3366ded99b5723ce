// What the library says of itself holds against a real gateway.
import assert from "node:assert/strict";
import test from "node:test";
import { AdminError, JournalMismatch, inWorld, shared } from "idp-gateway-test";

const basic = (user, secret) => `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

async function post(url, user = "bits-demo", secret = "bits-demo-secret") {
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  const answer = await fetch(url, { method: "POST", body, headers: { Authorization: basic(user, secret) } });
  await answer.text();
  return answer.status;
}

const bearer = async (url, token) => (await fetch(url, { headers: { Authorization: `bearer ${token}` } })).status;

test("a mount is where it says", inWorld(async (world) => {
  const bits = world.mount("bits");
  assert.deepEqual([bits.url, bits.issuer], [`${world.base}/bits`, `${world.base}/bits`]);
  assert.equal(await bits.tokenUrl(), `${bits.url}/v1/oauth2/token`);
  assert.ok(bits.host.startsWith(`${world.name}.bits.localhost:`));
  assert.equal(await post(await bits.tokenUrl()), 200);
  assert.throws(() => world.mount("bit"), /there are .*bits/);
  await assert.rejects(bits.endpoint("authorise"), /no endpoint authorise; it has .*token/);
}));

test("worlds do not see each other", inWorld(async (world) => {
  const other = await (await shared()).world({ ttl: 60 });
  await other.mount("bits").clients.delete("bits-demo");
  assert.equal(await post(await other.mount("bits").tokenUrl()), 401);
  assert.equal(await post(await world.mount("bits").tokenUrl()), 200);
  assert.deepEqual((await world.journal.entries()).map(({ status }) => status), [200]);
  await other.extend(120);
  await other.end();
  await other.end();
  await assert.rejects(other.journal.entries(), (error) => error instanceof AdminError && error.status === 404);
}));

test("failures come as ordered", inWorld(async (world) => {
  const bits = world.mount("bits");
  const url = await bits.tokenUrl();
  const scenario = await bits.fail("unavailable", { times: 1 });
  await bits.scenario({
    steps: [{ error: "rate_limited", retry_after: 2 }, { pass: true }, { answer: { status: 502, body: "<p>" } }],
  });
  const statuses = [];
  for (let n = 0; n < 5; n += 1) statuses.push(await post(url));
  assert.deepEqual(statuses, [503, 429, 200, 502, 200]);
  const { seen, remaining, fired } = await scenario.view();
  assert.deepEqual([seen, remaining, fired], [1, 0, [1]]);
  await scenario.remove();
  await assert.rejects(bits.fail("unavailble"), (error) => {
    return error instanceof AdminError && error.status === 400 && /unavailable/.test(error.message);
  });
}));

test("clients and users", inWorld(async (world) => {
  const [bits, brighthr] = [world.mount("bits"), world.mount("brighthr-sandbox")];
  const spec = { secret: "a-secret-of-mine", scopes: ["application"], claims: { customerId: "c1" } };
  assert.equal((await bits.clients.put("a/b c", spec)).public, false);
  assert.equal((await bits.clients.patch("a/b c", { rate_limit: "1/1m" })).rate_limit, "1/1m");
  assert.equal((await bits.clients.get("a/b c")).rate_limit, "1/1m");
  assert.deepEqual(await bits.clients.putAll([{ ...spec, id: "one" }], { merge: true }), { put: 1, removed: 0 });
  assert.equal(await post(await bits.tokenUrl(), "one", "a-secret-of-mine"), 200);
  await brighthr.users.put("carol-1", { username: "carol", claims: { email: "carol@client.test" } });
  assert.equal((await brighthr.users.patch("carol-1", { disabled: true })).disabled, true);
  await brighthr.users.delete("carol-1");
  assert.ok(!(await brighthr.users.list()).some(({ username }) => username === "carol"));
  const many = Array.from({ length: 1203 }, (_, n) => ({ id: `c${n}`, secret: "a-secret-of-mine" }));
  await brighthr.clients.putAll(many);
  assert.equal((await brighthr.clients.list()).length, 1203);
}));

test("tokens and the clock", inWorld(async (world) => {
  const bits = world.mount("bits");
  const userinfo = await bits.userinfoUrl();
  const order = { client_id: "bits-demo", scope: "application" };
  const { access_token } = await bits.tokens.issue(order);
  assert.equal(await bearer(userinfo, access_token), 200);
  await bits.tokens.expire({ client_id: "bits-demo" });
  assert.equal(await bearer(userinfo, access_token), 401);
  assert.equal((await world.inspect(access_token)).active, false);
  const flawed = await bits.tokens.issue({ ...order, flaw: "wrong_issuer" });
  assert.ok((await bits.tokens.inspect(flawed.access_token)).problems.length);

  assert.equal(await world.clock.freeze(1_800_000_000), 1_800_000_000);
  const later = await bits.tokens.issue(order);
  assert.equal(await world.clock.advance(3601), 1_800_003_601);
  assert.equal(await bearer(userinfo, later.access_token), 401);
  assert.ok((await world.clock.offset(0)) > 0);
  await world.clock.reset();
}));

test("the journal says what is nearest", inWorld(async (world) => {
  const url = await world.mount("bits").tokenUrl();
  const since = await world.journal.newest();
  await post(url);
  await post(url, "bits-demo", "another");
  const where = { mount: "bits", status: 200 };
  assert.equal((await world.journal.verify({ ...where, since }, { exactly: 1 })).count, 1);
  await assert.rejects(world.journal.verify(where, { exactly: 2, within_ms: 1 }), (error) => {
    assert.ok(error instanceof JournalMismatch);
    assert.match(error.message, /status: wanted 200, found 401/);
    assert.match(error.message, /cause: the secret of client `bits-demo` is wrong/);
    return true;
  });
  assert.equal((await world.journal.export("har")).log.entries.length, 2);
  assert.equal((await world.journal.export("curl")).split("curl ").length, 3);
  await post(url);
  assert.deepEqual((await world.journal.misuse({ mount: "bits" })).map(({ rule }) => rule), ["token_fetched_again"]);
  await world.journal.clear();
  assert.equal(await world.journal.newest(), 0);
}));

test("a state is put back", inWorld(async (world) => {
  const ids = async () => (await world.mount("bits").clients.list()).map(({ id }) => id);
  await world.mount("bits").clients.delete("bits-readonly");
  const state = JSON.parse(JSON.stringify(await world.state.save()));
  await world.reset();
  assert.ok((await ids()).includes("bits-readonly"));
  await world.state.load(state);
  assert.ok(!(await ids()).includes("bits-readonly"));
}));

test("settings, codes and keys", inWorld(async (world) => {
  const eagle = world.mount("screeningeagle");
  assert.equal((await eagle.settings({ access_ttl: 60 })).access_ttl, 60);
  assert.equal((await eagle.settings()).access_ttl, 60);
  const redirect_uri = "https://client.test/cb";
  assert.ok(await eagle.code({ client_id: "screeningeagle-demo", user: "test", redirect_uri, scope: "openid" }));
  const [first] = await eagle.keys.list();
  assert.equal((await eagle.keys.rotate()).length, 2);
  await eagle.keys.forget(first.kid);
  assert.equal((await eagle.keys.list()).length, 1);
}));

test("a test that fails says what its world was asked", async () => {
  const body = inWorld(async (world) => {
    await post(await world.mount("bits").tokenUrl(), "bits-demo", "another");
    assert.equal(1, 2, "the test's own failure");
  });
  await assert.rejects(body(), (error) => {
    assert.match(error.message, /^the test's own failure[^]*\n\nrequests to http.*\n#1 POST .* -> 401 invalid_client/);
    assert.ok(error.stack.includes("cause: the secret of client `bits-demo` is wrong"));
    return true;
  });
  // Runners that count arguments would wait for one of them to be called.
  assert.equal(body.length, 0);
});
