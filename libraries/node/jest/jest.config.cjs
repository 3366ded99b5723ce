module.exports = { globalSetup: "idp-gateway-test/global-setup", rootDir: __dirname, testMatch: ["**/*.test.cjs"] };
