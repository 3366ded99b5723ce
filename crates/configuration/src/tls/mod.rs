//! `[server.tls]`: the certificate of the public listener.

mod certificate;
mod files;

pub use certificate::{Fault, Names, Pair, Part};
pub use files::{Files, Loaded};

use super::Loader;
use crate::files::exposure;
use crate::findings::Findings;
use crate::host::{host_of, is_loopback};
use crate::settings::{self, Settings};
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

/// The file of the development CA's key, in the state folder.
pub const DEVELOPMENT_KEY: &str = "development-ca-key.pem";

/// Reads the section and the files that it names, so that what is wrong with them is known before anything starts.
pub(crate) fn tls(
    settings: &Settings,
    listen: SocketAddr,
    context: &Loader<'_>,
    base: &Path,
    findings: &mut Findings,
) -> Option<TlsConfig> {
    let given = [settings::TLS_CERTIFICATE, settings::TLS_KEY].map(|setting| (setting, settings.text(setting)));
    if context.flags.dev_tls || settings.value(settings::TLS_DEVELOPMENT) {
        for (setting, _) in given.iter().filter(|(_, path)| path.is_some()) {
            settings.error(setting, "the development certificate is asked for too; keep one of them", findings);
        }
        return development(settings, listen, findings);
    }
    let [certificate, key] = match given {
        [(_, None), (_, None)] => return None,
        [(certificate, Some(chain)), (key, Some(of_it))] => [(certificate, chain), (key, of_it)]
            .map(|(setting, path)| context.files.note(settings.base_of(setting, base).join(path))),
        [(there, Some(_)), (missing, None)] | [(missing, None), (there, Some(_))] => {
            let message = format!("{} is missing; a certificate and its key come together", missing.key);
            settings.error(there, message, findings);
            return None;
        }
    };
    let pair = Files { certificate, key };
    let of = |part| if part == Part::Key { settings::TLS_KEY } else { settings::TLS_CERTIFICATE };
    match pair.load() {
        Ok(loaded) => {
            for (part, warning) in loaded.warnings {
                settings.warn(of(part), warning, findings);
            }
            let host = host_of(settings.text(settings::PUBLIC_URL).unwrap_or("//localhost"));
            if !loaded.pair.is_for(host) {
                let message = format!("is not for `{host}`, the host of server.public_url: clients there refuse it");
                settings.warn(settings::TLS_CERTIFICATE, message, findings);
            }
        }
        Err(fault) => settings.error(of(fault.part), fault.message, findings),
    }
    Some(TlsConfig::Files(pair))
}

fn development(settings: &Settings, listen: SocketAddr, findings: &mut Findings) -> Option<TlsConfig> {
    if !is_loopback(listen.ip()) && !settings.value::<bool>(settings::TLS_DEVELOPMENT_ANYWHERE) {
        let (certificate, key) = (settings::TLS_CERTIFICATE.key, settings::TLS_KEY.key);
        let message = format!(
            "server.listen ({listen}) is not loopback, and a development certificate is no proof to strangers; give \
             {certificate} and {key}, listen on 127.0.0.1, or set {} = true",
            settings::TLS_DEVELOPMENT_ANYWHERE.key
        );
        settings.error(settings::TLS_DEVELOPMENT, message, findings);
    }
    let Some(folder) = crate::store::state_folder() else {
        let message = "there is no home directory to keep the development CA in; set HOME or XDG_STATE_HOME";
        settings.error(settings::TLS_DEVELOPMENT, message, findings);
        return None;
    };
    if let Some(warning) = exposure(&folder.join(DEVELOPMENT_KEY)) {
        settings.warn(settings::TLS_DEVELOPMENT, warning, findings);
    }
    Some(TlsConfig::Development { folder })
}
