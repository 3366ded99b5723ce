//! What users have consented to.

use crate::At;
use crate::state::ConsentRecord;
use grant::Refusal;

impl At<'_> {
    /// The user's consents, those that nothing lives of included.
    pub async fn consents_of(self, sub: &str) -> Result<Vec<ConsentRecord>, Refusal> {
        Ok(self.store().consents_of(self.realm(), sub).await?)
    }

    /// Withdraws the user's consent to a client, and with it all that came of it.
    pub async fn withdraw_consent(self, sub: &str, client_id: &str) -> Result<(), Refusal> {
        self.store().withdraw_consent(self.realm(), sub, client_id).await?;
        Ok(())
    }
}
