//! `[server.tls]`: the certificate of the public listener.

mod certificate;
mod files;

pub use certificate::{Fault, Names, Pair, Part};
pub use files::{Files, Loaded};

use crate::findings::Findings;
use crate::host::{host_of, is_loopback};
use crate::layers::{Given, Layers};
use crate::secrets::FilesRead;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the public listener has its certificate from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsConfig {
    /// Files in PEM.
    Files(Files),
    /// The local development CA, which is kept in this folder.
    Development {
        /// The state folder.
        folder: PathBuf,
    },
}

const CERTIFICATE: &str = "server.tls.certificate";
const KEY: &str = "server.tls.key";
const DEVELOPMENT: &str = "server.tls.development";
const ANYWHERE: &str = "server.tls.development_anywhere";

/// Reads the section and the files that it names, so that what is wrong with them is known before anything starts.
pub(crate) fn tls(
    layers: &Layers,
    listen: SocketAddr,
    development: bool,
    base: &Path,
    files: &FilesRead,
    findings: &mut Findings,
) -> Option<TlsConfig> {
    let wanted = "true or false";
    let development = development | layers.parse(DEVELOPMENT, false, wanted, findings);
    let anywhere = layers.parse(ANYWHERE, false, wanted, findings);
    let (certificate, key) = (layers.text(CERTIFICATE), layers.text(KEY));
    if development {
        for (name, given) in [(CERTIFICATE, &certificate), (KEY, &key)] {
            if let Some(given) = given {
                let message = "the development certificate is asked for too; keep one of them";
                findings.error(given.place.clone(), name, message);
            }
        }
        return development_config(layers, listen, anywhere, findings);
    }
    let path = |name, given: &Given<String>| {
        let base = if layers.is_from_file(name) { base } else { Path::new("") };
        files.note(base.join(&given.value))
    };
    let (certificate, key) = match (&certificate, &key) {
        (None, None) => return None,
        (Some(certificate), Some(key)) => (path(CERTIFICATE, certificate), path(KEY, key)),
        (Some(given), None) | (None, Some(given)) => {
            let (there, missing) = if certificate.is_some() { (CERTIFICATE, KEY) } else { (KEY, CERTIFICATE) };
            let message = format!("{missing} is missing; a certificate and its key come together");
            findings.error(given.place.clone(), there, message);
            return None;
        }
    };
    let pair = Files { certificate, key };
    let name = |part| if part == Part::Key { KEY } else { CERTIFICATE };
    match pair.load() {
        Ok(loaded) => {
            for (part, warning) in loaded.warnings {
                findings.warn(layers.place(name(part)), name(part), warning);
            }
            let url = layers.text("server.public_url").map_or_else(|| "//localhost".to_owned(), |given| given.value);
            let host = host_of(&url);
            if !loaded.pair.is_for(host) {
                let message = format!("is not for `{host}`, the host of server.public_url: clients there refuse it");
                findings.warn(layers.place(CERTIFICATE), CERTIFICATE, message);
            }
        }
        Err(fault) => findings.error(layers.place(name(fault.part)), name(fault.part), fault.message),
    }
    Some(TlsConfig::Files(pair))
}

fn development_config(
    layers: &Layers,
    listen: SocketAddr,
    anywhere: bool,
    findings: &mut Findings,
) -> Option<TlsConfig> {
    if !is_loopback(listen.ip()) && !anywhere {
        let message = format!(
            "server.listen ({listen}) is not loopback, and a development certificate is no proof to strangers; give \
             {CERTIFICATE} and {KEY}, listen on 127.0.0.1, or set {ANYWHERE} = true"
        );
        findings.error(layers.place(DEVELOPMENT), DEVELOPMENT, message);
    }
    let Some(folder) = crate::store::state_folder() else {
        let message = "there is no home directory to keep the development CA in; set HOME or XDG_STATE_HOME";
        findings.error(layers.place(DEVELOPMENT), DEVELOPMENT, message);
        return None;
    };
    Some(TlsConfig::Development { folder })
}
