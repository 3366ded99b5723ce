//! Where the gateway's program is.

use crate::Error;
use std::env;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "IDP_GATEWAY_BIN";

/// The one named, else `IDP_GATEWAY_BIN`'s, else the PATH's.
pub(crate) fn find(explicit: Option<&Path>) -> Result<PathBuf, Error> {
    let by_variable = env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let named = explicit.map(|path| ("binary", path.to_owned())).or(by_variable.map(|path| (VARIABLE, path)));
    if let Some((by, path)) = named {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(Error::Gateway(format!("{by} names {}, where no program is", path.display())))
        };
    }
    let name = format!("idp-gateway{}", env::consts::EXE_SUFFIX);
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).map(|folder| folder.join(&name)).find(|path| path.is_file()).ok_or_else(|| {
        Error::Gateway(format!(
            "there is no idp-gateway on the PATH: put it there, or set {VARIABLE} to where it is, or \
             IDP_GATEWAY_ADMIN_URL to the admin API of one that runs"
        ))
    })
}
