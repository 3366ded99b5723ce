//! What issuers and links are made of in a sandbox.

/// What issuers and links are made of, beside the public URL. No file says it: it is for gateways that tests start.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Whether scheme and authority are those of the request that began the exchange.
    pub from_request: bool,
    /// Scheme and authority at which servers reach the gateway, where browsers have another; without a slash at the end.
    pub back_channel: Option<String>,
}
