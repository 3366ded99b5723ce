export * from "./types/index.cjs";
