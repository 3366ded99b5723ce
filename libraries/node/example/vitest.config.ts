import { defineConfig } from "vitest/config";

// One gateway for all files of tests.
export default defineConfig({ test: { globalSetup: "idp-gateway-test/global-setup", include: ["*.test.ts"] } });
