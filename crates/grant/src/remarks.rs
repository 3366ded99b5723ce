//! What there is to say about a client or user when it is configured.

/// Something about one key of a client or user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The key; empty where none is to blame.
    pub key: &'static str,
    /// What is wrong or odd, and the remedy.
    pub message: String,
}

/// All that there is to say about one client or user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Why it is refused.
    pub faults: Vec<Remark>,
    /// What is odd about it, though it is accepted.
    pub warnings: Vec<Remark>,
}

impl Remarks {
    /// It is refused.
    pub fn refuse(&mut self, key: &'static str, message: impl Into<String>) {
        self.faults.push(Remark { key, message: message.into() });
    }

    /// It is accepted, with a warning.
    pub fn warn(&mut self, key: &'static str, message: impl Into<String>) {
        self.warnings.push(Remark { key, message: message.into() });
    }
}
