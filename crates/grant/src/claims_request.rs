//! The `claims` parameter (OpenID Connect Core section 5.5): claims asked for one by one.

/// What the parameter asks for, as far as it can matter: names, and the values asked of `sub` and `acr`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// The claims asked for by name.
    pub asked: AskedClaims,
    /// The `sub` that alone will do.
    pub subject: Option<String>,
    /// What is asked of `acr` in the ID token, where it is asked for.
    pub acr: Option<AskedAcr>,
}

impl ClaimsRequest {
    /// Whether it asks for nothing.
    pub const fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.subject.is_none() && self.acr.is_none()
    }
}

/// Claims asked for by name, in the order asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedClaims {
    /// At userinfo.
    pub userinfo: Vec<String>,
    /// In the ID token.
    pub id_token: Vec<String>,
}

impl AskedClaims {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// All of them, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let more = self.id_token.iter().filter(|name| !self.userinfo.contains(name));
        self.userinfo.iter().chain(more).map(String::as_str)
    }
}

/// What is asked of the authentication context class (OpenID Connect Core section 5.5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedAcr {
    /// Whether nothing but one of `values` will do.
    pub is_essential: bool,
    /// The classes that would do, the best first.
    pub values: Vec<String>,
}
