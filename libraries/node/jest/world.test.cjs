// The library under jest, whose tests are no modules.
const { Gateway, JournalMismatch, inWorld } = require("idp-gateway-test");

test("the gateway is the one of the global setup", async () => {
  expect(process.env.IDP_GATEWAY_ADMIN_URL).toMatch(/^http:/);
  expect((await Gateway.find()).adminUrl).toBe(process.env.IDP_GATEWAY_ADMIN_URL);
});

test("a test has a world of its own", inWorld(async (world) => {
  const url = await world.mount("bits").tokenUrl();
  const Authorization = `Basic ${Buffer.from("bits-demo:bits-demo-secret").toString("base64")}`;
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  expect((await fetch(url, { method: "POST", body, headers: { Authorization } })).status).toBe(200);
  await world.journal.verify({ mount: "bits", status: 200 }, { exactly: 1 });
  await expect(world.journal.verify({ status: 401 }, { at_least: 1 })).rejects.toThrow(JournalMismatch);
}));

test.concurrent.each([1, 2, 3])("worlds stand beside each other: %d", (n) => inWorld(async (world) => {
  expect(await world.clock.freeze(n)).toBe(n);
  expect(await world.clock.now()).toBe(n);
})());
