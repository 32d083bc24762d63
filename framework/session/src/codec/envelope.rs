//! Records and forwards in their envelope.

use std::{num::NonZeroU64, sync::Arc};

use bytes::Bytes;
use ring::digest::{Context, SHA256};
use salon_core::support::Timestamp;

use super::reader::Reader;
use crate::contract::{Digest, Forward, Found, Lock, Record};

pub(super) const MAGIC: &[u8; 4] = b"SALN";
pub(super) const FORMAT: u8 = 2;
pub(super) const LIVE: u8 = 1;
/// The beginning of the envelope of a live record, for stores whose scripts must recognize one.
#[cfg(feature = "redis")]
pub(crate) const LIVE_RECORD: [u8; 6] = [MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], FORMAT, LIVE];
pub(super) const MOVED: u8 = 2;
pub(super) const HEADER: usize = 4 + 1 + 1 + 4 + 16;
/// The size of the numbers that a record begins with: its version, four moments, and the owner and the end of its lock.
pub(super) const NUMBERS: usize = 7 * 8;
pub(super) const NONE: u32 = u32::MAX;

/// Encodes a live record.
pub(crate) fn encode(digest: &Digest, record: &Record) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length(record));
    bytes.resize(HEADER, 0);
    let (owner, locked_until) = record.lock.map_or((0, 0), |lock| (lock.owner.get(), lock.until.as_milliseconds()));
    let [created_at, active_at, expires_at, renewed_at] =
        [record.created_at, record.active_at, record.expires_at, record.renewed_at].map(Timestamp::as_milliseconds);
    for number in [record.version, created_at, active_at, expires_at, renewed_at, owner, locked_until] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for text in [&record.user, &record.address, &record.agent] {
        let length = text.as_ref().map_or(NONE, |text| u32::try_from(text.len()).unwrap_or(NONE));
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(text.as_deref().unwrap_or_default().as_bytes());
    }
    bytes.extend_from_slice(&record.payload);
    wrap(digest, LIVE, bytes)
}

/// Returns the encoded size of a live record in bytes.
pub(crate) fn length(record: &Record) -> usize {
    let texts =
        [&record.user, &record.address, &record.agent].map(|text| 4 + text.as_ref().map_or(0, |text| text.len()));
    HEADER + NUMBERS + texts.iter().sum::<usize>() + record.payload.len()
}

/// Encodes a forward.
pub(crate) fn encode_forward(digest: &Digest, forward: &Forward) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes.extend_from_slice(&forward.expires_at.as_milliseconds().to_le_bytes());
    bytes.extend_from_slice(&forward.until.as_milliseconds().to_le_bytes());
    bytes.extend_from_slice(forward.successor.as_bytes());
    bytes.extend_from_slice(forward.veiled_id.as_ref().map_or(&[], |id| id.as_slice()));
    wrap(digest, MOVED, bytes)
}

fn wrap(digest: &Digest, kind: u8, mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = checksum(digest, kind, &bytes[HEADER..]);
    let length = u32::try_from(bytes.len() - HEADER).unwrap_or(u32::MAX);
    bytes[..4].copy_from_slice(MAGIC);
    bytes[4] = FORMAT;
    bytes[5] = kind;
    bytes[6..10].copy_from_slice(&length.to_le_bytes());
    bytes[10..HEADER].copy_from_slice(&checksum);
    bytes
}

fn checksum(digest: &Digest, kind: u8, body: &[u8]) -> [u8; 16] {
    let mut context = Context::new(&SHA256);
    context.update(digest.as_bytes());
    context.update(&[kind]);
    context.update(body);
    let mut checksum = [0; 16];
    checksum.copy_from_slice(&context.finish().as_ref()[..16]);
    checksum
}

/// Decodes what was stored under a digest.
pub(crate) fn decode(digest: &Digest, bytes: &Bytes) -> Found {
    let found = unwrap(digest, bytes).and_then(|(kind, body)| match kind {
        LIVE => read_record(&body).map(Found::Live).ok_or("its fields end early"),
        MOVED => read_forward(&body).map(Found::Moved).ok_or("its fields end early"),
        _ => Err("its kind is unknown"),
    });
    found.unwrap_or_else(|reason| Found::Corrupt(reason.to_owned()))
}

fn unwrap(digest: &Digest, bytes: &Bytes) -> Result<(u8, Bytes), &'static str> {
    let Some(header) = bytes.get(..HEADER) else { return Err("it is shorter than a header") };
    if &header[..4] != MAGIC {
        return Err("it is not a session record");
    }
    if header[4] != FORMAT {
        return Err("its format is of another version of Salon");
    }
    let body = bytes.slice(HEADER..);
    if header[6..10] != u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes() {
        return Err("its length is wrong");
    }
    if header[10..] != checksum(digest, header[5], &body) {
        return Err("its checksum is wrong, or it belongs to another session");
    }
    Ok((header[5], body))
}

fn read_record(body: &Bytes) -> Option<Record> {
    let mut reader = Reader::new(body);
    Some(Record {
        version: reader.number()?,
        created_at: reader.moment()?,
        active_at: reader.moment()?,
        expires_at: reader.moment()?,
        renewed_at: reader.moment()?,
        lock: reader.lock()?,
        user: reader.text()?,
        address: reader.text()?,
        agent: reader.text()?,
        payload: body.slice_ref(reader.rest()),
    })
}

fn read_forward(body: &Bytes) -> Option<Forward> {
    let mut reader = Reader::new(body);
    Some(Forward {
        expires_at: reader.moment()?,
        until: reader.moment()?,
        successor: Digest::from_bytes(reader.array()?),
        veiled_id: if reader.is_empty() { None } else { Some(reader.array()?) },
    })
}

impl Reader<'_> {
    fn moment(&mut self) -> Option<Timestamp> {
        self.number().map(Timestamp::from_milliseconds)
    }

    fn lock(&mut self) -> Option<Option<Lock>> {
        let (owner, until) = (self.number()?, self.moment()?);
        Some(NonZeroU64::new(owner).map(|owner| Lock { owner, until }))
    }

    fn text(&mut self) -> Option<Option<Arc<str>>> {
        let length = self.length()?;
        if length == NONE {
            return Some(None);
        }
        let text = self.take(usize::try_from(length).ok()?)?;
        std::str::from_utf8(text).ok().map(|text| Some(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(byte: u8) -> Digest {
        Digest::from_bytes([byte; 32])
    }

    fn record() -> Record {
        Record {
            version: 3,
            created_at: Timestamp::from_seconds(1),
            active_at: Timestamp::from_seconds(2),
            expires_at: Timestamp::from_seconds(3),
            renewed_at: Timestamp::from_seconds(4),
            lock: NonZeroU64::new(7).map(|owner| Lock { owner, until: Timestamp::from_seconds(5) }),
            user: Some("ada".into()),
            address: None,
            agent: Some("".into()),
            payload: Bytes::from_static(b"payload"),
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let bytes = encode(&digest(1), &record());
        assert_eq!(bytes.len(), length(&record()));
        assert_eq!(decode(&digest(1), &bytes.into()), Found::Live(record()));
        let free = Record { lock: None, ..record() };
        assert_eq!(decode(&digest(1), &encode(&digest(1), &free).into()), Found::Live(free));
    }

    #[test]
    fn a_forward_comes_back_as_it_was() {
        for veiled_id in [Some([7; 32]), None] {
            let (until, over) = (Timestamp::from_seconds(5), Timestamp::from_seconds(9));
            let forward = Forward { successor: digest(9), veiled_id, until, expires_at: over };
            let bytes = encode_forward(&digest(1), &forward);
            assert_eq!(decode(&digest(1), &bytes.into()), Found::Moved(forward));
        }
    }

    #[test]
    fn sr_45_a_record_under_another_digest_is_not_read() {
        let bytes = encode(&digest(1), &record());
        assert!(matches!(decode(&digest(2), &bytes.into()), Found::Corrupt(_)));
    }

    #[test]
    fn sr_45_every_changed_byte_and_every_lost_end_is_noticed() {
        let bytes = encode(&digest(1), &record());
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert!(matches!(decode(&digest(1), &changed.into()), Found::Corrupt(_)), "byte {index}");
            let torn = bytes[..index].to_vec();
            assert!(matches!(decode(&digest(1), &torn.into()), Found::Corrupt(_)), "length {index}");
        }
    }
}
