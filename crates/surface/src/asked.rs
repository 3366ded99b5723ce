//! What a dialect may say again of a request that is being answered.

use crate::exchange::Exchange;
use dialect::Asked;
use grant::{Fault, GrantType};
use issuer::Clue;
use std::borrow::Cow;
use std::fmt;

impl Asked for Exchange<'_> {
    fn now(&self) -> i64 {
        self.world.issuer.clock.now().seconds()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.request.headers().get_all(name);
        let value = values.next().filter(|_| values.next().is_none())?;
        value.to_str().ok()
    }

    fn client(&self) -> Option<Cow<'_, str>> {
        Exchange::client(self).map(|client| Cow::Owned(client.to_string()))
    }

    fn is_client_known(&self) -> bool {
        let mount = self.learn(|facts| facts.mount.clone());
        let named = mount.zip(Exchange::client(self));
        named.is_none_or(|(mount, client)| mount.core.directory.client(&client).is_some())
    }

    fn grant(&self) -> Option<GrantType> {
        self.learn(|facts| facts.grant)
    }

    fn fault(&self) -> Option<Fault> {
        let known = self.notes.borrow().clue.as_deref().and_then(Clue::fault);
        // An assertion names its client itself, and no clue says that there is none.
        let is_nobodys = || Asked::grant(self) == Some(GrantType::JwtBearer) && !self.is_client_known();
        known.or_else(|| is_nobodys().then_some(Fault::Issuer))
    }

    fn interval(&self) -> Option<grant::Seconds> {
        self.notes.borrow().clue.as_deref().and_then(Clue::interval)
    }
}

impl fmt::Debug for Exchange<'_> {
    /// Its id alone: what it holds came from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id()).finish_non_exhaustive()
    }
}
