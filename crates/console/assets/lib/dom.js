// What the pages are made with. A text that is put among elements stays a text: nothing here makes markup of one.
export {
  html, render, createContext, useContext, useState, useReducer, useEffect, useLayoutEffect, useRef, useMemo, useCallback,
} from "/console/vendor/htm-preact.js";
