//! Whether a pair may be played at a real vendor.

use crate::{Contract, Given, Pair};

/// Whether a pair may be played at a real vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trial {
    /// It spends nothing that cannot be had again.
    Safe,
    /// It spends what cannot be had again, or may shut somebody out: why.
    Spends(String),
    /// It cannot be played there: why.
    Never(String),
}

/// Whether `pair` may be played at a real vendor. `endpoint` says which endpoint a path is, by its name in scenarios.
pub fn trial(contract: &Contract, pair: &Pair, endpoint: &impl Fn(&str) -> Option<&'static str>) -> Trial {
    let path = pair.request.target.split('?').next().unwrap_or_default();
    let own = match endpoint(path) {
        Some("authorize") => Trial::Never("it needs a browser in which somebody is signed in".to_owned()),
        Some("revoke") => Trial::Spends("it revokes a token".to_owned()),
        Some("end_session") => Trial::Spends("it ends a session".to_owned()),
        _ => Trial::Safe,
    };
    pair.givens.iter().fold(own, |so_far, given| so_far.and(of_given(contract, given, endpoint)))
}

impl Trial {
    /// The one of both that says more against it.
    fn and(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Never(_), _) | (Self::Spends(_), Self::Spends(_) | Self::Safe) | (Self::Safe, Self::Safe) => self,
            _ => other,
        }
    }
}

fn of_given(contract: &Contract, given: &Given, endpoint: &impl Fn(&str) -> Option<&'static str>) -> Trial {
    match given {
        Given::Advance(_) => Trial::Never("it moves the clock, which nobody can at the vendor".to_owned()),
        Given::Fault => Trial::Never("it has the vendor fail on purpose".to_owned()),
        Given::Setting { name, .. } => Trial::Never(format!("it is of a mount with another `{name}`")),
        Given::Assertion { client, .. } => {
            Trial::Never(format!("it needs an assertion, which the vendor's key of {client} signs"))
        }
        Given::Code { .. } => Trial::Never("it needs a code, which a browser gets".to_owned()),
        Given::From { name, .. } if name == "code" => Trial::Never("it needs a code, which a browser gets".to_owned()),
        Given::Successes { count, client } => Trial::Spends(format!("it uses up {count} requests of {client}")),
        Given::From { name, pair, spent } => {
            let source = match contract.pair(pair) {
                Ok(pair) => trial(contract, pair, endpoint),
                Err(_) => Trial::Never(format!("there is no pair {pair}")),
            };
            let of_name = match name.as_str() {
                "refresh" => Trial::Spends("it uses a refresh token".to_owned()),
                _ if *spent => Trial::Spends("it uses a credential twice".to_owned()),
                _ => Trial::Safe,
            };
            source.and(of_name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Contract {
        let pair = |id: &str, given: &str, path: &str| {
            let given = if given.is_empty() { String::new() } else { format!("# given: {given}\n") };
            format!("### {id} | x\n# mark: D\n{given}GET {path} HTTP/1.1\nHost: h\n\n\n<<<\nHTTP/1.1 200 OK\n\n\n")
        };
        let pairs = [
            pair("A", "", "/token"),
            pair("B", "token=from A", "/userinfo"),
            pair("C", "refresh=from A", "/token"),
            pair("D", "advance clock 5 s", "/token"),
            pair("E", "token=from D", "/userinfo"),
            pair("F", "token=from A", "/revoke"),
            pair("G", "9 successes of c", "/token"),
            pair("H", "code=fresh", "/token"),
            pair("I", "", "/authorize?x=y"),
        ];
        let fixtures = r#"{"clock":{"now":1},"mounts":[],"clients":[]}"#;
        Contract::read(&format!("{}### END\n", pairs.concat()), fixtures).unwrap()
    }

    #[test]
    fn what_spends_and_what_nobody_can_do_there_is_not_safe() {
        let contract = contract();
        let endpoint = |path: &str| match path {
            "/revoke" => Some("revoke"),
            "/authorize" => Some("authorize"),
            _ => Some("token"),
        };
        let of = |id: &str| trial(&contract, contract.pair(id).unwrap(), &endpoint);
        for (id, expected) in
            [("A", 's'), ("B", 's'), ("C", 'c'), ("D", 'n'), ("E", 'n'), ("F", 'c'), ("G", 'c'), ("H", 'n'), ("I", 'n')]
        {
            let found = match of(id) {
                Trial::Safe => 's',
                Trial::Spends(_) => 'c',
                Trial::Never(_) => 'n',
            };
            assert_eq!(found, expected, "{id}");
        }
    }
}
