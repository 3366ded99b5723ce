// The builder: what is matched, what is done step by step, and what the client will see, as one types.
import { html, useEffect, useMemo, useRef, useState } from "/console/lib/dom.js";
import { call } from "/console/lib/api.js";
import { may, mounts, refresh } from "/console/lib/gateway.js";
import { change, href, go, world } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { forms } from "/console/scenarios/code.js";
import { Seen } from "/console/scenarios/seen.js";
import { StepForm } from "/console/scenarios/step-form.js";
import { GRANTS, stepOf, stepsOf } from "/console/scenarios/words.js";
import { Button, Field, Input, Problem, Select, Wire } from "/console/ui/parts.js";
import { toast } from "/console/ui/toast.js";

const MATCH = ["mount", "endpoint", "client_id", "user", "grant", "after", "probability", "seed", "ttl"];

// What is said to the API: nothing that is left empty, and one step without `steps`.
export function specOf(match, steps) {
  const spec = {};
  for (const name of MATCH) if (match[name] !== undefined && match[name] !== "") spec[name] = match[name];
  const clean = steps.map((step) => Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined && value !== "")));
  if (clean.length > 1) {
    const last = clean.length - 1;
    return { ...spec, steps: clean.map(({ times, ...step }, index) => (times === null ? (index === last ? { ...step, times } : step) : times > 1 ? { ...step, times } : step)) };
  }
  const { times, ...only } = clean[0];
  return { ...spec, ...only, ...(times === null ? {} : { times: times ?? 1 }) };
}

// What a link or a form left half filled in says.
function begin(text) {
  try {
    const spec = JSON.parse(text);
    const match = Object.fromEntries(MATCH.filter((name) => spec[name] !== undefined).map((name) => [name, spec[name]]));
    const steps = stepsOf(spec).map((step) => ({ ...step, times: step.times === undefined ? 1 : step.times }));
    return { match, steps: steps.some((step) => Object.keys(step).length > 1) ? steps : [{ ...stepOf("error"), times: 1 }] };
  } catch {
    return { match: {}, steps: [{ ...stepOf("error"), times: 1 }] };
  }
}

// What the API says that clients will see, a moment after the last change.
function usePreview(spec) {
  const text = JSON.stringify(spec);
  const [state, set] = useState({ value: null, error: null });
  useEffect(() => {
    const asking = new AbortController();
    const timer = setTimeout(async () => {
      try {
        set({ value: await call("POST", "/v1/scenarios/preview", spec, { signal: asking.signal }), error: null });
      } catch (error) {
        if (error.name !== "AbortError") set((before) => ({ ...before, error }));
      }
    }, 120);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [text, world()]);
  return state;
}

function Match({ match, set, all }) {
  const mount = all.find((one) => one.name === match.mount);
  const places = [...new Set((mount ? [mount] : all).flatMap((one) => one.places))];
  const place = match.endpoint;
  const named = !["discovery", "jwks", "end_session", "login", "consent", "account", "logout", "device"].includes(place);
  const speaks = !place || ["token", "userinfo", "verify"].includes(place);
  const put = (change) => {
    const next = { ...match, ...change };
    const there = all.find((one) => one.name === next.mount);
    if (there && next.endpoint && !there.places.includes(next.endpoint)) next.endpoint = undefined;
    if (next.endpoint && next.endpoint !== "token") next.grant = undefined;
    set(next);
  };
  const text = (name) => (value) => put({ [name]: value || undefined });
  const number = (name) => (value) => put({ [name]: value === "" ? undefined : Number(value) });
  return html`<fieldset><legend>Which requests</legend>
    <div class="grid2">
      <${Field} label="Mount"><${Select} value=${match.mount ?? ""} options=${[["", "any"], ...all.map((one) => one.name)]} onChange=${text("mount")} /><//>
      <${Field} label="Endpoint or page"><${Select} value=${place ?? ""} options=${[["", "any"], ...places]} onChange=${text("endpoint")} /><//>
      ${named && html`<${Field} label="Client"><${Input} value=${match.client_id ?? ""} placeholder="any" onInput=${text("client_id")} /><//>`}
      ${speaks && html`<${Field} label="User"><${Input} value=${match.user ?? ""} placeholder="any" onInput=${text("user")} /><//>`}
      ${(!place || place === "token") && html`<${Field} label="Grant"><${Select} value=${match.grant ?? ""} options=${[["", "any"], ...GRANTS]} onChange=${text("grant")} /><//>`}
    </div>
    <details><summary>When: after some, on a part, for a while</summary><div class="grid2 more">
      <${Field} label="Let so many pass first"><${Input} type="number" min="0" value=${match.after ?? ""} placeholder="0" onInput=${number("after")} /><//>
      <${Field} label="On which part, 0 to 1"><${Input} type="number" min="0" max="1" step="0.05" value=${match.probability ?? ""} placeholder="1, on all" onInput=${number("probability")} /><//>
      ${match.probability !== undefined && html`<${Field} label="Seed" help="The same seed picks the same."><${Input} type="number" min="0" value=${match.seed ?? ""} placeholder="random" onInput=${number("seed")} /><//>`}
      <${Field} label="Ends after, in seconds"><${Input} type="number" min="1" value=${match.ttl ?? ""} placeholder="not by itself" onInput=${number("ttl")} /><//>
    </div></details>
  </fieldset>`;
}

function AsCode({ spec }) {
  const all = forms(spec, world());
  const [name, setName] = useState(all[0][0]);
  const shown = all.find(([known]) => known === name) ?? all[0];
  return html`<div class="stack-s"><div class="tabs" role="tablist" aria-label="As code">
    ${all.map(([known]) => html`<button type="button" role="tab" aria-selected=${known === shown[0]} onClick=${() => setName(known)}>${known}</button>`)}
  </div><${Wire} text=${shown[1]} what=${`the scenario as ${shown[0]}`} layOut=${false} /></div>`;
}

export function Builder({ text }) {
  const all = useStore(mounts);
  const first = useMemo(() => begin(text), []);
  const [match, setMatch] = useState(first.match);
  const [steps, setSteps] = useState(first.steps);
  const [refused, setRefused] = useState(null);
  const spec = specOf(match, steps);
  const json = JSON.stringify(spec);
  const preview = usePreview(spec);
  const top = useRef(null);
  useEffect(() => change({ new: json }, { replace: true }), [json]);
  useEffect(() => top.current?.focus(), []);
  const put = (index, step) => setSteps(steps.map((other, at) => (at === index ? step : other)));
  const add = () => setSteps([...steps.map((step) => (step.times === null ? { ...step, times: 1 } : step)), { ...stepOf("pass"), times: 1 }]);
  const send = async (event) => {
    event.preventDefault();
    try {
      const made = await call("POST", "/v1/scenarios", spec);
      await refresh();
      toast(`Scenario ${made.id} is in force.`);
      go(href("/scenarios", { id: made.id }));
    } catch (error) {
      setRefused(error);
    }
  };
  const problem = refused ?? preview.error;
  return html`<form class="two" onSubmit=${send} onInput=${() => setRefused(null)}>
    <div class="builder">
      <h2 ref=${top} tabindex="-1" class="unseen">New scenario</h2>
      <${Match} match=${match} set=${setMatch} all=${all} />
      <fieldset><legend>What is done</legend>
        ${steps.map((step, index) => html`<${StepForm} key=${index} step=${step} index=${index} count=${steps.length} place=${match.endpoint} isLast=${index === steps.length - 1}
          onChange=${(next) => put(index, next)} onRemove=${() => setSteps(steps.filter((_, at) => at !== index))} />`)}
        <div><${Button} icon="plus" kind="plain" onClick=${add}>Then something else<//></div>
      </fieldset>
      ${problem && html`<${Problem} error=${problem} />`}
      <div class="line">${may("test")
        ? html`<${Button} kind="main-act" icon="forced" type="submit" disabled=${Boolean(problem)}>Put it in force<//>`
        : html`<span class="muted">Your token may look alone: putting scenarios in force needs the right test.</span>`}
        <${Button} kind="plain" onClick=${() => go(href("/scenarios"))}>Leave it<//></div>
    </div>
    <div class="stack sticky">
      <h2>What the client will see</h2>
      <${Seen} preview=${preview.value} isOld=${Boolean(preview.error)} />
      <h2>The same as code</h2>
      <${AsCode} spec=${spec} />
    </div>
  </form>`;
}
