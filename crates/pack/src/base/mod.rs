//! What packs are laid over: packs themselves, in the language's own words.

use crate::source::{lay, parse};
use std::sync::LazyLock;
use toml::de::DeTable;

/// What a pack is laid over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// The token endpoint of RFC 6749.
    OAuth,
    /// The standard dialect, whole.
    OpenId,
}

static OAUTH: LazyLock<DeTable<'static>> = LazyLock::new(|| parse(include_str!("oauth2.toml")).unwrap_or_default());
static OPENID: LazyLock<DeTable<'static>> = LazyLock::new(|| {
    let mut base = OAUTH.clone();
    base.remove("errors");
    base.remove("resource_errors");
    lay(&mut base, &parse(include_str!("openid-connect.toml")).unwrap_or_default());
    base
});

impl Base {
    /// Every base.
    pub(crate) const ALL: [Self; 2] = [Self::OAuth, Self::OpenId];

    /// The name that a pack has for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OAuth => "oauth2",
            Self::OpenId => "openid-connect",
        }
    }

    /// The base of that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|base| base.name() == name)
    }

    /// What it says.
    pub(crate) fn table(self) -> &'static DeTable<'static> {
        match self {
            Self::OAuth => &OAUTH,
            Self::OpenId => &OPENID,
        }
    }
}
