//! A mount: one vendor's auth surface in a world.

use crate::{Error, Scenario, World};
use admin_api::{
    ClientView, KeyView, Listed, MountView, NamespaceMount, Operation, Page, RotateRequest, SetView, SettingView,
    TokenSet, UserView, operations,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One vendor's auth surface.
#[derive(Clone, Copy)]
pub struct Mount<'w> {
    pub(crate) world: &'w World,
    pub(crate) name: &'w str,
    pub(crate) view: &'w NamespaceMount,
}

impl<'w> Mount<'w> {
    /// Its name.
    pub const fn name(&self) -> &'w str {
        self.name
    }

    /// Where it is: the vendor's own paths are below it.
    pub fn url(&self) -> &'w str {
        &self.view.url
    }

    /// What its tokens name as their issuer.
    pub fn issuer(&self) -> &'w str {
        &self.view.issuer
    }

    /// The host, with its port, at which the vendor's own paths are.
    pub fn host(&self) -> Option<&'w str> {
        self.view.host.as_deref()
    }

    fn describe(&self) -> Result<MountView, Error> {
        self.world.call(&operations::GET_MOUNT, &[self.name], ())
    }

    /// The URL of an endpoint, such as `token` or `userinfo`.
    pub fn endpoint(&self, name: &str) -> Result<String, Error> {
        let endpoints = self.describe()?.endpoints;
        if let Some(found) = endpoints.iter().find(|endpoint| endpoint.endpoint == name) {
            return Ok(found.url.clone());
        }
        let known: Vec<_> = endpoints.iter().map(|endpoint| &*endpoint.endpoint).collect();
        Err(Error::Gateway(format!("{} has no endpoint {name}; it has {}", self.name, known.join(", "))))
    }

    /// Where tokens are asked for.
    pub fn token_url(&self) -> Result<String, Error> {
        self.endpoint("token")
    }

    /// Where users are sent to sign in.
    pub fn authorize_url(&self) -> Result<String, Error> {
        self.endpoint("authorize")
    }

    /// Where a token says whom it speaks for.
    pub fn userinfo_url(&self) -> Result<String, Error> {
        self.endpoint("userinfo")
    }

    /// Where the public keys are.
    pub fn jwks_url(&self) -> Result<String, Error> {
        self.endpoint("jwks")
    }

    /// As [`World::scenario`], of this mount.
    pub fn scenario(&self, spec: impl Serialize) -> Result<Scenario<'w>, Error> {
        self.world.scenario(with_member(spec, "mount", self.name)?)
    }

    /// As [`World::fail`], of this mount: `fail("rate_limited", json!({ "retry_after": 2, "times": 1 }))`.
    pub fn fail(&self, error: &str, spec: impl Serialize) -> Result<Scenario<'w>, Error> {
        self.world.fail(error, with_member(spec, "mount", self.name)?)
    }

    /// Changes settings, such as `{ "access_ttl": 60 }`; null puts back what the file says. All those in force come back.
    pub fn settings(&self, settings: impl Serialize) -> Result<Vec<SettingView>, Error> {
        self.world.call(&operations::CHANGE_SETTINGS, &[self.name], settings)
    }

    /// An authorization code, as if the user had signed in and consented now.
    pub fn code(&self, request: impl Serialize) -> Result<String, Error> {
        self.world.call(&operations::ISSUE_CODE, &[self.name], request).map(|reply| reply.code)
    }

    /// Its clients.
    pub const fn clients(&self) -> Clients<'w> {
        Clients { mount: *self }
    }

    /// Its users, by `sub`.
    pub const fn users(&self) -> Users<'w> {
        Users { mount: *self }
    }

    /// Tokens to order, and the end of those that are out.
    pub const fn tokens(&self) -> Tokens<'w> {
        Tokens { mount: *self }
    }

    /// What it signs with.
    pub const fn keys(&self) -> Keys<'w> {
        Keys { mount: *self }
    }
}

/// The clients of a mount. One without a secret is a public client.
pub struct Clients<'w> {
    mount: Mount<'w>,
}

/// The users of a mount, by `sub`.
pub struct Users<'w> {
    mount: Mount<'w>,
}

macro_rules! many {
    ($($name:ident: $view:ty { $get:ident $put:ident $patch:ident $put_all:ident $delete:ident $list:ident })+) => { $(
        impl $name<'_> {
            /// One of them, by its identifier.
            pub fn get(&self, id: &str) -> Result<$view, Error> {
                self.mount.world.call(&operations::$get, &[self.mount.name, id], ())
            }

            /// Makes or replaces one: what is left out takes its default.
            pub fn put(&self, id: &str, spec: impl Serialize) -> Result<$view, Error> {
                self.mount.world.call(&operations::$put, &[self.mount.name, id], spec)
            }

            /// Changes a part of one; null takes a member away.
            pub fn patch(&self, id: &str, changes: impl Serialize) -> Result<$view, Error> {
                self.mount.world.call(&operations::$patch, &[self.mount.name, id], changes)
            }

            /// Puts all at once, each with its identifier; others are removed.
            pub fn put_all(&self, specs: impl Serialize) -> Result<SetView, Error> {
                self.mount.world.call(&operations::$put_all, &[self.mount.name], specs)
            }

            /// Removes one; its tokens are refused from then on.
            pub fn delete(&self, id: &str) -> Result<(), Error> {
                self.mount.world.call(&operations::$delete, &[self.mount.name, id], ())
            }

            /// All of them, sorted by identifier.
            pub fn list(&self) -> Result<Vec<$view>, Error> {
                list(self.mount, &operations::$list)
            }
        }
    )+ };
}

many! {
    Clients: ClientView { GET_CLIENT PUT_CLIENT PATCH_CLIENT PUT_CLIENTS DELETE_CLIENT LIST_CLIENTS }
    Users: UserView { GET_USER PUT_USER PATCH_USER PUT_USERS DELETE_USER LIST_USERS }
}

fn list<V: DeserializeOwned>(mount: Mount<'_>, call: &Operation<(), Listed<V>>) -> Result<Vec<V>, Error> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query: Vec<_> = after.into_iter().map(|after| ("after".to_owned(), after)).collect();
        let text = mount.world.text(&call.about, &call.url(&[mount.name]), &query, ())?;
        let page: Page<V> = crate::admin::read(&call.about, &text)?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        after = Some(next);
    }
}

/// Tokens to order, and the end of those that are out.
pub struct Tokens<'w> {
    mount: Mount<'w>,
}

impl Tokens<'_> {
    /// Live tokens of a client without a secret, as `order` says: for a `user`, with other `claims`, a `lifetime`, a `flaw`.
    pub fn issue(&self, client_id: &str, order: impl Serialize) -> Result<TokenSet, Error> {
        let order = with_member(order, "client_id", client_id)?;
        self.mount.world.call(&operations::ISSUE_TOKENS, &[self.mount.name], order)
    }

    /// Expires what is out, without moving the clock: all of it (`{}`), or what has the `client_id`, `user` or `jti`
    /// named; refresh tokens too where `refresh` is true. What looks at a JWT alone does not see it.
    pub fn expire(&self, selection: impl Serialize) -> Result<(), Error> {
        self.mount.world.call(&operations::EXPIRE_TOKENS, &[self.mount.name], selection)
    }

    /// As [`World::inspect`].
    pub fn inspect(&self, token: &str) -> Result<admin_api::Inspection, Error> {
        self.mount.world.inspect(token)
    }
}

/// What a mount signs with.
pub struct Keys<'w> {
    mount: Mount<'w>,
}

impl Keys<'_> {
    /// In the order in which they begin to sign.
    pub fn list(&self) -> Result<Vec<KeyView>, Error> {
        self.mount.world.call(&operations::LIST_KEYS, &[self.mount.name], ())
    }

    /// Makes a new key, which signs after so many seconds; 0 is at once.
    pub fn rotate(&self, lead_seconds: u32) -> Result<Vec<KeyView>, Error> {
        let request = serde_json::json!({ "lead_seconds": lead_seconds });
        let call: &Operation<RotateRequest, Vec<KeyView>> = &operations::ROTATE_KEY;
        self.mount.world.call(call, &[self.mount.name], request)
    }

    /// Forgets a key that does not sign, and so refuses every token that it signed.
    pub fn forget(&self, kid: &str) -> Result<(), Error> {
        self.mount.world.call(&operations::FORGET_KEY, &[self.mount.name, kid], ())
    }
}

/// An object with one more member; `()` is an empty one.
pub(crate) fn with_member(of: impl Serialize, name: &str, value: &str) -> Result<Value, Error> {
    match serde_json::to_value(of) {
        Ok(Value::Object(mut members)) => {
            members.insert(name.to_owned(), value.into());
            Ok(members.into())
        }
        Ok(Value::Null) => Ok(serde_json::json!({ name: value })),
        other => Err(Error::Gateway(format!("this should be an object, such as json!({{ \"times\": 2 }}): {other:?}"))),
    }
}
