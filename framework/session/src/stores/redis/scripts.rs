//! The scripts that the server runs atomically.

use salon_database::redis::Script;

macro_rules! script {
    ($file:literal) => {
        Script::new(concat!(include_str!("lua/prelude.lua"), include_str!(concat!("lua/", $file))))
    };
}

/// The scripts that the server runs atomically.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) create: Script,
    pub(super) update: Script,
    pub(super) touch: Script,
    pub(super) rotate: Script,
    pub(super) swing: Script,
    pub(super) lock: Script,
    pub(super) unlock: Script,
    pub(super) destroy: Script,
    pub(super) end: Script,
    pub(super) index: Script,
    pub(super) members: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            create: script!("create.lua"),
            update: script!("update.lua"),
            touch: script!("touch.lua"),
            rotate: script!("rotate.lua"),
            swing: script!("swing.lua"),
            lock: script!("lock.lua"),
            unlock: script!("unlock.lua"),
            destroy: script!("destroy.lua"),
            end: script!("end.lua"),
            index: script!("index.lua"),
            members: script!("members.lua"),
        }
    }
}
