//! Namespaces over Redis.

use super::Redis;
use issuer::state::{Added, NamespaceRecord, NamespaceStore, Store, StoreError};
use std::sync::Arc;

fn absent() -> StoreError {
    StoreError::Unavailable("namespaces are not kept in Redis in this version".to_owned())
}

#[async_trait::async_trait]
impl NamespaceStore for Redis {
    fn in_namespace(&self, _: &NamespaceRecord) -> Result<Arc<dyn Store>, StoreError> {
        Err(absent())
    }

    async fn add_namespace(&self, _: NamespaceRecord, _: usize) -> Result<Added, StoreError> {
        Err(absent())
    }

    async fn extend_namespace(&self, _: &NamespaceRecord) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn namespaces(&self) -> Result<Vec<NamespaceRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn namespace(&self, _: &str) -> Result<Option<NamespaceRecord>, StoreError> {
        Ok(None)
    }

    async fn forget_namespace(&self, _: &NamespaceRecord) -> Result<(), StoreError> {
        Ok(())
    }
}
