// What the integration does when the vendor does not do as it should.
import { expect, test } from "vitest";
import { inWorld, type World } from "idp-gateway-test";
import { SignInAgain, Tokens, VendorError, profile } from "./vendor.ts";

const WEB = "brighthr-sandbox-web";

/** A client of Bits, by its own authority; how long it has waited, which no test does. */
async function customer(world: World) {
  const bits = world.mount("bits");
  const slept: number[] = [];
  const sleep = async (seconds: number) => void slept.push(seconds);
  const tokens = new Tokens({ url: await bits.tokenUrl(), id: "bits-demo", secret: "bits-demo-secret", sleep });
  const url = await bits.userinfoUrl();
  return { bits, slept, get: () => profile(url, tokens) };
}

/** A user of BrightHR who has signed in before. */
async function alice(world: World) {
  const brighthr = world.mount("brighthr-sandbox");
  const issued = await brighthr.tokens.issue({ client_id: WEB, user: "alice", scope: "openid offline_access" });
  const refreshToken = issued.refresh_token ?? undefined;
  const tokens = new Tokens({ url: await brighthr.tokenUrl(), id: WEB, secret: `${WEB}-secret`, refreshToken });
  return { brighthr, tokens };
}

test("a token is asked for once and reused", inWorld(async (world) => {
  const { get } = await customer(world);
  for (let n = 0; n < 3; n += 1) expect((await get()).customerId).toMatch(/^bits:customer:/);
  await world.journal.verify({ endpoint: "token" }, { exactly: 1 });
  await world.journal.verify({ endpoint: "userinfo", status: 200 }, { exactly: 3 });
  expect(await world.journal.misuse()).toEqual([]);
}));

test("a failure is retried", inWorld(async (world) => {
  const { bits, get } = await customer(world);
  await bits.fail("unavailable", { times: 2 });
  await get();
  await world.journal.verify({ endpoint: "token" }, { exactly: 3 });
}));

test("a vendor that stays away is told", inWorld(async (world) => {
  const { bits, get } = await customer(world);
  await bits.fail("unavailable");
  await expect(get()).rejects.toThrow(VendorError);
  await world.journal.verify({ endpoint: "token" }, { exactly: 3 });
}));

test("it waits as long as it is told", inWorld(async (world) => {
  const { bits, slept, get } = await customer(world);
  await bits.fail("rate_limited", { retry_after: 7, times: 1 });
  await get();
  expect(slept).toEqual([7]);
}));

test("a token that expires mid-job is replaced", inWorld(async (world) => {
  const { bits, get } = await customer(world);
  await get();
  await bits.tokens.expire({ client_id: "bits-demo" });
  await get();
  await world.journal.verify({ endpoint: "token" }, { exactly: 2 });
  await world.journal.verify({ endpoint: "userinfo", error: "invalid_token" }, { exactly: 1 });
}));

test("a balancer's page is no token", inWorld(async (world) => {
  const { bits, get } = await customer(world);
  await bits.scenario({ endpoint: "token", answer: { status: 200, body: "<h1>Bad Gateway</h1>" } });
  await expect(get()).rejects.toThrow("no JSON");
}));

test("each refresh token is used once", inWorld(async (world) => {
  const { tokens } = await alice(world);
  const first = tokens.refreshToken;
  await tokens.get();
  tokens.forget();
  await tokens.get();
  expect(tokens.refreshToken).not.toBe(first);
  await world.journal.verify({ grant: "refresh_token", status: 200 }, { exactly: 2 });
}));

test("an answer that is lost costs no session", inWorld(async (world) => {
  const { brighthr, tokens } = await alice(world);
  await brighthr.settings({ refresh_grace: 30 });
  await brighthr.scenario({ endpoint: "token", grant: "refresh_token", drop: "after_commit", times: 1 });
  await tokens.get();
  await world.journal.verify({ grant: "refresh_token" }, { exactly: 2 });
}));

test("a refresh token that has expired asks the user", inWorld(async (world) => {
  const { brighthr, tokens } = await alice(world);
  await brighthr.tokens.expire({ user: "alice", refresh: true });
  await expect(tokens.get()).rejects.toThrow(SignInAgain);
  await world.journal.verify({ grant: "refresh_token" }, { exactly: 1 });
}));
