//! What became of a request: to the log and the journal, once.

use crate::app::App;
use crate::journal::Entry;
use grant::GrantError;

/// What became of a request.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    /// The mount's name.
    pub(crate) mount: &'a str,
    /// The endpoint or page.
    pub(crate) endpoint: &'static str,
    /// The client that it names, authenticated or not.
    pub(crate) client: Option<String>,
    /// The grant type that it names.
    pub(crate) grant: Option<&'static str>,
    /// The status it is answered with.
    pub(crate) status: u16,
    /// Why it was refused.
    pub(crate) error: Option<GrantError>,
    /// What the error page calls it.
    pub(crate) reference: Option<String>,
    /// What is odd about a request that was served.
    pub(crate) note: Option<&'static str>,
    /// Whether a scenario raised the refusal: no fault of the gateway's, whatever its status.
    pub(crate) forced: bool,
}

impl Record<'_> {
    /// Writes it down.
    pub(crate) fn keep(self, app: &App) {
        self.log(app);
        let (error, cause) = match self.error {
            Some(error) => (Some(error.kind.code()), Some(error.cause)),
            None => (None, self.note.map(Into::into)),
        };
        app.journal.push(Entry {
            number: 0,
            at: app.issuer.clock.now().millis,
            mount: self.mount.to_owned(),
            endpoint: self.endpoint,
            client_id: self.client,
            grant: self.grant,
            status: self.status,
            error,
            cause,
            reference: self.reference,
            forced: self.forced,
        });
    }

    fn log(&self, app: &App) {
        let Self { mount, endpoint, grant, status, note, .. } = *self;
        let (client, reference) = (self.client.as_deref(), self.reference.as_deref());
        let Some(error) = &self.error else {
            tracing::debug!(mount, endpoint, client, grant, status, note, "served");
            return;
        };
        let (code, cause) = (error.kind.code(), &*error.cause);
        if status >= 500 && !self.forced {
            tracing::error!(mount, endpoint, client, grant, status, error = code, cause, reference, "failed");
        } else if app.refusal_log.admits() {
            tracing::info!(mount, endpoint, client, grant, status, error = code, cause, reference, "refused");
        }
    }
}
