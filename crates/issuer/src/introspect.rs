//! Tells a client what a token is worth (RFC 7662).

use crate::At;
use crate::authenticate::authenticate;
use grant::{Bearer, GrantError, GrantErrorKind, Identity, IntrospectRequest};

impl At<'_> {
    /// Who a token speaks for; `None` where it is worth nothing. Any confidential client of the mount may ask.
    pub async fn introspect(self, request: IntrospectRequest) -> Result<Option<Identity>, GrantError> {
        let client = authenticate(self, &request.client?)?;
        if client.secret.is_none() {
            let cause = format!("client `{}` is public: who asks must prove who they are", client.id);
            return Err(GrantError::invalid_client(cause));
        }
        let token = request.token.ok_or_else(|| GrantError::missing("token"))?;
        match self.identify(&Bearer { token: Some(token) }).await {
            Ok(identity) => Ok(Some(identity)),
            Err(GrantError { kind: GrantErrorKind::InvalidToken(_), .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
