//! The macro `session_driver_suite!`.

/// Tests a session driver of your own against everything that Salon's drivers promise: one line, some fifty tests.
///
/// The first argument names the module of the tests. The second creates the driver: a
/// [`Driver`](crate::Driver) or a complete [`Store`](crate::Store). It is called once for each test,
/// and each time the driver has to be empty and isolated, so give each one a folder, a table or a prefix of its own.
/// The tests bring their own runtime.
///
/// They check the contract itself (what is created, updated, touched, renewed and destroyed, and what is not), that
/// bytes are returned unchanged, when sessions expire and what the collector removes, fifty parallel requests,
/// concurrent calls, renewed ids, logouts next to slower requests, and callers that are dropped in the middle of a
/// call.
///
/// ```
/// # #[derive(Default)] struct LedgerDriver;
/// // In tests/ledger.rs:
/// salon_session::testing::session_driver_suite!(ledger, || async { LedgerDriver::default() });
/// # fn main() {}
/// ```
///
/// Two options add tests that need something from you:
///
/// | option | makes | tests |
/// |---|---|---|
/// | `shared:` | two instances on the same storage, as a pair | what one writes, the other sees: two processes, or one that was restarted |
/// | `unreachable:` | a driver whose store is down | it returns errors, and never "there is no such session" |
///
/// ```
/// # struct LedgerDriver;
/// # impl LedgerDriver { fn at(_: &str) -> Self { Self } }
/// salon_session::testing::session_driver_suite!(
///     ledger,
///     || async { LedgerDriver::at("a new place") },
///     shared: || async { (LedgerDriver::at("one place"), LedgerDriver::at("one place")) },
///     unreachable: || async { LedgerDriver::at("/nowhere") },
/// );
/// # fn main() {}
/// ```
///
/// Attributes before the name are applied to every test, so that tests of a server that is not available everywhere can
/// be ignored:
///
/// ```
/// # #[derive(Default)] struct LedgerDriver;
/// salon_session::testing::session_driver_suite!(
///     #[cfg_attr(not(feature = "ledger-server"), ignore = "needs a ledger server")]
///     ledger,
///     || async { LedgerDriver::default() },
/// );
/// # fn main() {}
/// ```
///
/// A driver of six methods decides races within one process, so the tests of two instances send its requests one after
/// another. A `Store` has to decide those races too. A store that cannot count or list says so with
/// [`StoreError::Unsupported`](crate::StoreError::Unsupported), and is not asked again. Whether expired sessions are removed in time is not tested, because a store may expire them on its
/// own.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_suite {
    ($(#[$attribute:meta])* $name:ident, $($rest:tt)+) => {
        $crate::__session_driver_suite! { @ [$(#[$attribute])*] $name, $($rest)+ }
    };
    (@ $attributes:tt $name:ident, $factory:expr $(, shared: $pair:expr)? $(, unreachable: $down:expr)? $(,)?) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn __opened() -> $crate::testing::Checked<::std::sync::Arc<$crate::testing::Site>> {
                $crate::testing::Site::open(($factory)().await).await
            }

            $crate::__session_driver_checks! { __session_driver_tests $attributes }

            $(
                mod shared {
                    #[allow(unused_imports)]
                    use super::super::*;

                    $crate::__session_driver_tests! {
                        @ shared {
                            what_one_instance_writes_the_other_sees
                            sessions_outlive_the_instance_that_wrote_them
                            a_visitor_of_both_instances_has_one_session
                            fifty_requests_to_both_instances_add_fifty
                        }
                        $attributes
                        async { $crate::testing::Site::open_both(($pair)().await).await }
                    }
                }
            )?

            $(
                mod unreachable {
                    #[allow(unused_imports)]
                    use super::super::*;

                    $crate::__session_driver_tests! {
                        @ unreachable {
                            a_store_that_is_down_is_an_error_in_every_call
                            a_store_that_is_down_is_not_an_empty_session
                        }
                        $attributes
                        async { $crate::testing::Site::open_unreachable(($down)().await).await }
                    }
                }
            )?
        }
    };
}

/// The tests of the given sections, with attributes.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_tests {
    (@ $section:ident $checks:tt $attributes:tt $opening:expr) => {
        $crate::__session_driver_tests! { @@ $section $checks $attributes ($opening) }
    };
    (@@ $section:ident { $($check:ident)* } $attributes:tt $opening:tt) => {
        $(
            $crate::__session_driver_test! { $attributes $section $check $opening }
        )*
    };
    ($attributes:tt $($section:ident $checks:tt)*) => {
        $(
            mod $section {
                $crate::__session_driver_tests! { @@ $section $checks $attributes (super::__opened()) }
            }
        )*
    };
}

/// One test, with attributes.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_test {
    ([$($attribute:tt)*] $section:ident $check:ident $opening:tt) => {
        $($attribute)*
        #[test]
        fn $check() {
            $crate::testing::run($opening, $crate::testing::$section::$check);
        }
    };
}

/// Every check of one driver, passed to a macro of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_checks {
    ($then:ident $($attributes:tt)?) => {
        $crate::$then! {
            $($attributes)?
            contract {
                what_was_never_kept_is_not_found_and_not_made
                creation_never_replaces
                a_load_sees_every_write_before_it
                an_update_over_another_version_writes_nothing
                a_touch_changes_the_two_moments_and_nothing_else
                a_touch_that_comes_late_takes_nothing_back
                what_was_destroyed_is_not_brought_back
                destroy_answers_what_was_there
                a_digest_can_be_used_again_after_its_record_was_destroyed
                closing_is_no_error
            }
            contents {
                bytes_come_back_exactly
                every_field_comes_back
                digests_that_look_alike_are_not_mixed
                many_sessions_at_once_are_not_mixed
                values_come_back_as_they_were
            }
            users {
                a_list_has_the_sessions_of_its_user_and_no_other
                ending_a_user_s_sessions_spares_one_and_everybody_else
                a_count_counts_what_is_alive
            }
            scanning {
                a_scan_comes_by_everything_that_is_kept
            }
            expiry {
                a_session_ends_by_its_lifetime_whatever_is_kept
                every_request_counts_as_activity
                the_collector_removes_only_what_has_expired
                the_collector_leaves_what_was_given_a_longer_life
                the_collector_leaves_the_forward_of_an_old_id
            }
            merging {
                fifty_puts_leave_fifty_keys
                fifty_increments_add_fifty
                fifty_updates_leave_fifty_items
                what_is_written_together_is_read_together
                a_take_goes_to_one_request
            }
            endings {
                a_logout_beats_a_slower_request
                a_logout_at_the_same_moment_wins
                a_logout_under_an_old_id_ends_the_successor
                a_logout_ends_every_earlier_id
            }
            races {
                of_many_creations_one_is_made
                of_many_updates_one_is_saved
                a_destruction_beats_an_update_and_a_touch
                a_destruction_beside_a_rotation_loses_nobody
                a_creation_beside_a_destruction_is_whole_or_gone
            }
            renewal {
                a_rotation_moves_the_record_and_leaves_a_forward_to_it
                a_forward_that_is_closed_is_kept_too
                a_rotation_over_another_version_writes_nothing
                an_old_id_leads_on_within_the_grace_and_not_after
                a_login_ends_the_old_id_at_once
                renewals_at_once_make_one_successor
                fifty_requests_under_an_old_id_lose_nothing
            }
            locking {
                a_lock_has_one_owner_until_its_end
                only_its_owner_releases_a_lock
                a_former_owner_writes_nothing
                what_is_not_alive_is_not_locked
                of_many_locks_at_once_one_is_granted
                requests_that_block_run_one_at_a_time
                a_request_whose_lease_has_ended_cannot_save
                a_logout_beats_the_owner_of_the_lock
            }
            cancellation {
                a_lock_that_is_dropped_can_be_released
                a_creation_that_is_dropped_leaves_all_or_nothing
                an_update_that_is_dropped_leaves_old_or_new
                a_touch_that_is_dropped_leaves_old_or_new
                a_rotation_that_is_dropped_loses_nobody
                a_destruction_that_is_dropped_can_be_tried_again
                a_visitor_who_leaves_during_a_save_loses_nothing
            }
        }
    };
}

/// The checks as a list of names and functions.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_list {
    ($($section:ident { $($check:ident)* })*) => {
        &[$($((
            concat!(stringify!($section), "::", stringify!($check)),
            |site| ::std::boxed::Box::pin($crate::testing::$section::$check(site)),
        ),)*)*]
    };
}
