// The same for `import` as for `require`: one library, however it is asked for.
import library from "./lib/index.cjs";

export const { AdminError, Gateway, JournalMismatch, inWorld, shared } = library;
