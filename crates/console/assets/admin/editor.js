// JSON that is changed as a whole.
import { html, useState } from "/console/lib/dom.js";
import { Button, Field, Problem } from "/console/ui/parts.js";

export function Editor({ title, value, help, onSave, onCancel }) {
  const [text, setText] = useState(JSON.stringify(value, null, 2));
  const [error, setError] = useState(null);
  const save = async (event) => {
    event.preventDefault();
    try {
      await onSave(JSON.parse(text));
    } catch (refused) {
      setError(refused instanceof SyntaxError ? { message: `this is no JSON: ${refused.message}`, remedy: "mend it and save again" } : refused);
    }
  };
  return html`<form class="stack" onSubmit=${save}>
    <h2>${title}</h2>
    <${Field} label="As JSON" help=${help}><textarea class="tall" value=${text} onInput=${(event) => setText(event.target.value)} spellcheck=${false}></textarea><//>
    <${Problem} error=${error} />
    <div class="line"><${Button} kind="main-act" type="submit">Save<//><${Button} kind="plain" onClick=${onCancel}>Leave it<//></div>
  </form>`;
}
