//! `dev-cert`: the local development CA, and how to trust it.

use crate::output;
use crate::tls::development;
use anyhow::Context;
use clap::Args;
use configuration::files::exposure;
use configuration::state_folder;
use configuration::tls::DEVELOPMENT_KEY;

#[derive(Debug, Args)]
pub(super) struct DevCert {
    /// Print the path of the CA's certificate and nothing else, as in curl --cacert "$(idp-gateway dev-cert --path)" …
    #[arg(long)]
    path: bool,
}

/// What to type, by where; `{ca}` is the file.
const TRUST: &[(&str, &str)] = &[
    ("curl, once", "curl --cacert '{ca}' https://localhost:8080/…"),
    ("A shell's curl, Python, Node", "export CURL_CA_BUNDLE='{ca}' SSL_CERT_FILE='{ca}' NODE_EXTRA_CA_CERTS='{ca}'"),
    (
        "Debian, Ubuntu",
        "sudo cp '{ca}' /usr/local/share/ca-certificates/idp-gateway-development.crt && sudo update-ca-certificates",
    ),
    ("Fedora, Arch", "sudo trust anchor '{ca}'"),
    (
        "Chromium and Firefox on Linux",
        "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n idp-gateway-development -i '{ca}'\n    (Firefox: the folder of \
         its profile in place of $HOME/.pki/nssdb)",
    ),
    ("macOS", "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db '{ca}'"),
    ("Windows", "certutil -user -addstore Root '{ca}'"),
    ("Java", "keytool -importcert -cacerts -storepass changeit -noprompt -alias idp-gateway-development -file '{ca}'"),
];

impl DevCert {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let folder = state_folder().context("there is no home directory; set HOME or XDG_STATE_HOME")?;
        let ca = development::authority(&folder)?.display().to_string();
        if let Some(warning) = exposure(&folder.join(DEVELOPMENT_KEY)) {
            output::error(&format!("warning: {warning}"));
        }
        if self.path {
            output::line(&ca);
            return Ok(());
        }
        output::line(&format!(
            "The development CA: {ca}\n\nidp-gateway --dev-tls (or server.tls.development = true) serves HTTPS with a \
             certificate of it.\nNothing trusts it until you say so; this program never does. Whoever reads the key \
             beside it\ncan pose as any site to those who trust it: keep it on this machine.\n"
        ));
        for (place, command) in TRUST {
            output::line(&format!("{place}:\n    {}", command.replace("{ca}", &ca)));
        }
        output::line("\nTo be rid of it, take it out of the same stores and remove the two files development-ca*.pem.");
        Ok(())
    }
}
