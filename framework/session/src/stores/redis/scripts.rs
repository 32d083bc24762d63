//! The scripts that the server runs atomically.

use salon_database::redis::Script;

/// Declares the scripts, each with the text of its file in `lua/`.
macro_rules! scripts {
    ($($name:ident),+) => {
        /// The scripts that the server runs atomically.
        #[derive(Debug)]
        pub(super) struct Scripts {
            $(pub(super) $name: Script,)+
        }

        impl Scripts {
            pub(super) fn new() -> Self {
                Self {
                    $($name: Script::new(concat!(
                        include_str!("lua/prelude.lua"),
                        include_str!(concat!("lua/", stringify!($name), ".lua")),
                    )),)+
                }
            }
        }
    };
}

scripts!(create, update, touch, rotate, lock, unlock, destroy, end, index, members);
