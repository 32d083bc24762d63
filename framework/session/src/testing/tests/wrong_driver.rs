//! A driver of six methods that is wrong in one way.

use std::time::Duration;

use crate::{
    contract::{Digest, Driver, StoreResult},
    tests::driver::SixMethods,
};

/// What a driver does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slip {
    /// A write that is dropped halfway leaves half of the record.
    WritesInTwoSteps,
    DestroyForgets,
    MixesDigests,
    /// Stores bytes as text.
    CutsAtTheFirstZero,
    GcTakesAll,
    /// The store is down, and reads report that nothing is there.
    IsSilentlyDown,
    Panics,
}

pub(super) struct WrongDriver {
    six: SixMethods,
    slip: Slip,
}

impl WrongDriver {
    pub(super) fn with(slip: Slip) -> Self {
        let six = SixMethods::default();
        six.fail_writes(slip == Slip::IsSilentlyDown);
        Self { six, slip }
    }

    fn digest(&self, digest: &Digest) -> Digest {
        let mut bytes = *digest.as_bytes();
        if self.slip == Slip::MixesDigests {
            bytes[0] &= !0x20;
        }
        Digest::from_bytes(bytes)
    }
}

impl Driver for WrongDriver {
    async fn open(&self) -> StoreResult<()> {
        self.six.open().await
    }

    async fn close(&self) -> StoreResult<()> {
        self.six.close().await
    }

    async fn read(&self, digest: &Digest) -> StoreResult<Option<Vec<u8>>> {
        assert!(self.slip != Slip::Panics, "a driver that panics");
        self.six.read(&self.digest(digest)).await
    }

    async fn write(&self, digest: &Digest, bytes: &[u8], lifetime: Duration) -> StoreResult<()> {
        let digest = self.digest(digest);
        match self.slip {
            Slip::WritesInTwoSteps => {
                self.six.write(&digest, &bytes[..bytes.len() / 2], lifetime).await?;
                self.six.write(&digest, bytes, lifetime).await
            }
            Slip::CutsAtTheFirstZero => {
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                self.six.write(&digest, &bytes[..end], lifetime).await
            }
            _ => self.six.write(&digest, bytes, lifetime).await,
        }
    }

    async fn destroy(&self, digest: &Digest) -> StoreResult<()> {
        match self.slip {
            Slip::DestroyForgets => Ok(()),
            _ => self.six.destroy(&self.digest(digest)).await,
        }
    }

    async fn gc(&self, older_than: Duration) -> StoreResult<u64> {
        match self.slip {
            Slip::GcTakesAll => Ok(self.six.clear()),
            _ => self.six.gc(older_than).await,
        }
    }
}
