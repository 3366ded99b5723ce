//! Tells a client what a token is worth (RFC 7662).

use crate::At;
use crate::authenticate::authenticate;
use grant::{Bearer, Identity, IntrospectRequest, Refusal, RefusalKind};

impl At<'_> {
    /// Who a token speaks for; `None` where it is worth nothing. Any confidential client of the mount may ask.
    pub async fn introspect(self, request: IntrospectRequest) -> Result<Option<Identity>, Refusal> {
        let client = authenticate(self, &request.client).await?;
        if client.is_public() {
            let cause = format!("client `{}` is public: who asks must prove who they are", client.id);
            return Err(Refusal::invalid_client(cause));
        }
        let token = request.token.ok_or_else(|| Refusal::missing("token"))?;
        match self.identify(&Bearer { token: Some(token) }).await {
            Ok(identity) => Ok(Some(identity)),
            Err(Refusal { kind: RefusalKind::InvalidToken(_), .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
