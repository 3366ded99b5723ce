//! What became of a request: to the log and the journal, once.

use crate::app::App;
use crate::journal::Entry;
use crate::telemetry::trace;
use grant::GrantError;
use tracing::field::display;

/// The longest client id or cause that is written down, in bytes.
const LENGTH: usize = 300;

/// The text, cut to [`LENGTH`] between two characters where it is longer.
fn shortened(text: String) -> String {
    if text.len() <= LENGTH {
        return text;
    }
    // A new one: what is long does not stay in memory behind what is short.
    format!("{}…", &text[..text.floor_char_boundary(LENGTH)])
}

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
    /// Writes it down. What a stranger may make as long as a body is cut, for thousands of entries are kept.
    pub(crate) fn keep(mut self, app: &App) {
        self.client = self.client.map(shortened);
        if let Some(error) = &mut self.error
            && error.cause.len() > LENGTH
        {
            error.cause = shortened(std::mem::take(&mut error.cause).into_owned()).into();
        }
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
        let trace_id = trace::id().map(display);
        let Some(error) = &self.error else {
            tracing::debug!(mount, endpoint, client, grant, status, note, trace_id, "served");
            return;
        };
        let (code, cause) = (error.kind.code(), &*error.cause);
        if status >= 500 && !self.forced {
            tracing::error!(mount, endpoint, client, grant, status, error = code, cause, reference, trace_id, "failed");
        } else if app.refusal_log.admits() {
            tracing::info!(mount, endpoint, client, grant, status, error = code, cause, reference, trace_id, "refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("short".to_owned()), "short");
        let cut = shortened("é".repeat(40_000));
        assert_eq!((cut.chars().count(), cut.chars().last()), (151, Some('…')));
        assert!(cut.capacity() < 4 * LENGTH, "what is kept is small");
        assert_eq!(shortened(format!("a{}", "é".repeat(200))).len(), 299 + '…'.len_utf8());
    }
}
