// Notes what the page does, from before its own scripts.
globalThis.watched = {
  row: null,
  rows: new Map(),
  isDragged: false,
  newest: () => Number(document.querySelector(".row")?.dataset.number ?? 0),
  // What was fetched until the first row: a call's answer is counted once it is whole, which a stream never is.
  first() {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter((one) => one.startTime < watched.row);
    const sum = (some) => some.reduce((bytes, one) => bytes + one.transferSize, 0);
    const isCall = (one) => new URL(one.name).pathname.startsWith("/v1/");
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? watched.row;
    return { painted, row: watched.row, files: sum(all.filter((one) => !isCall(one))), calls: sum(all.filter(isCall)) };
  },
  begin() {
    const of = { frames: [], tasks: [], isOver: false };
    watched.now = of;
    let last = performance.now();
    const step = (at) => {
      of.frames.push(at - last);
      last = at;
      if (!of.isOver) requestAnimationFrame(step);
    };
    requestAnimationFrame((at) => {
      last = at;
      requestAnimationFrame(step);
    });
    of.observer = new PerformanceObserver((list) => of.tasks.push(...list.getEntries().map((one) => one.duration)));
    of.observer.observe({ type: "longtask" });
  },
  end() {
    const of = watched.now;
    of.isOver = true;
    of.tasks.push(...of.observer.takeRecords().map((one) => one.duration));
    of.observer.disconnect();
    return { count: of.frames.length, longest: Math.max(0, ...of.frames), script: Math.max(0, ...of.tasks) };
  },
  // From top to bottom and back, a hundredth of the way at each frame.
  drag() {
    const box = document.querySelector(".rows-box");
    let at = 0;
    watched.isDragged = false;
    const step = () => {
      at += 1;
      const part = at <= 100 ? at : 200 - at;
      box.scrollTop = (box.scrollHeight - box.clientHeight) * (part / 100);
      if (at < 200) requestAnimationFrame(step);
      else watched.isDragged = true;
    };
    requestAnimationFrame(step);
  },
};

// A row counts as there with the frame after it came.
const look = () => {
  requestAnimationFrame((at) => {
    for (const row of document.querySelectorAll(".row")) {
      const number = Number(row.dataset.number);
      if (!watched.rows.has(number)) watched.rows.set(number, performance.timeOrigin + performance.now());
    }
    if (watched.row === null && document.querySelector(".row")) watched.row = at;
  });
};
new MutationObserver(look).observe(document, { childList: true, subtree: true });
