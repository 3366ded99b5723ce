// Ends tokens that are out, without moving the clock.
import { html, useState } from "/console/lib/dom.js";
import { call, segment } from "/console/lib/api.js";
import { may, mounts } from "/console/lib/gateway.js";
import { useStore } from "/console/lib/store.js";
import { Button, Check, Field, Input, Note, Problem, Select } from "/console/ui/parts.js";
import { toast } from "/console/ui/toast.js";

export function Expire() {
  const all = useStore(mounts);
  const [form, setForm] = useState({ mount: "", client_id: "", user: "", jti: "", refresh: false });
  const [error, setError] = useState(null);
  const name = form.mount || all[0]?.name || "";
  const put = (key) => (value) => setForm({ ...form, [key]: value });
  const send = async (event) => {
    event.preventDefault();
    const selection = { refresh: form.refresh };
    for (const key of ["client_id", "user", "jti"]) if (form[key]) selection[key] = form[key];
    try {
      await call("POST", `/v1/mounts/${segment(name)}/tokens/expire`, selection);
      setError(null);
      toast(`Expired at ${name}. What is issued from now on holds.`);
    } catch (refused) {
      setError(refused);
    }
  };
  if (!may("test")) return html`<${Note} kind="warn"><p>Expiring tokens needs the right <code>test</code>, and <code>admin.test_features</code>.</p><//>`;
  return html`<form class="stack narrow-form" onSubmit=${send}>
    <div class="grid2">
      <${Field} label="Mount"><${Select} value=${name} options=${all.map((one) => one.name)} onChange=${put("mount")} /><//>
      <${Field} label="Client"><${Input} value=${form.client_id} placeholder="any" onInput=${put("client_id")} /><//>
      <${Field} label="User"><${Input} value=${form.user} placeholder="any" onInput=${put("user")} /><//>
      <${Field} label="jti"><${Input} value=${form.jti} placeholder="any" onInput=${put("jti")} /><//>
    </div>
    <${Check} checked=${form.refresh} onChange=${put("refresh")}>Refresh tokens too<//>
    <${Note} kind="warn"><p>Validators that look at a JWT alone do not see it: its <code>exp</code> is what it was. For those make a token with a negative lifetime, or move the clock.</p><//>
    <${Problem} error=${error} />
    <div><${Button} kind="main-act" icon="expire" type="submit">${form.client_id || form.user || form.jti ? "Expire these" : "Expire every one"}<//></div>
  </form>`;
}
