//! Wrong drivers fail, and for the right reason.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    stores::MemoryStore,
    testing::{
        contract,
        site::Site,
        suite::{CHECKS, run, violations},
        tests::{
            wrong_driver::{Slip, WrongDriver},
            wrong_store::{Flaw, Wrapped},
        },
        unreachable,
    },
    tests::driver::SixMethods,
};

/// Runs a check by its name, and returns its message.
async fn verdict(name: &str, site: Arc<Site>) -> Option<String> {
    let (_, check) = CHECKS.iter().find(|(check, _)| *check == name).unwrap();
    check(site).await.err().map(|violation| violation.to_string())
}

/// The flaws, and for each the checks that must report it.
const FLAWS: [(Flaw, &[&str]); 39] = [
    (Flaw::CreateReplaces, &["contract::creation_never_replaces", "races::of_many_creations_one_is_made"]),
    (Flaw::CreateLooksFirst, &["races::of_many_creations_one_is_made"]),
    (
        Flaw::UpdateUpserts,
        &[
            "contract::what_was_never_kept_is_not_found_and_not_made",
            "contract::what_was_destroyed_is_not_brought_back",
            "endings::a_logout_beats_a_slower_request",
        ],
    ),
    (
        Flaw::UpdateForgetsTheVersion,
        &[
            "contract::an_update_over_another_version_writes_nothing",
            "merging::fifty_puts_leave_fifty_keys",
            "merging::fifty_increments_add_fifty",
            "merging::a_take_goes_to_one_request",
        ],
    ),
    (Flaw::UpdateLooksFirst, &["races::of_many_updates_one_is_saved"]),
    (Flaw::UpdateKeepsTheFirstExpiry, &["expiry::the_collector_leaves_what_was_given_a_longer_life"]),
    (Flaw::UpdateIsTorn, &["cancellation::an_update_that_is_dropped_leaves_old_or_new"]),
    (Flaw::TouchRevives, &["contract::what_was_destroyed_is_not_brought_back"]),
    (
        Flaw::TouchDoesNothing,
        &["contract::a_touch_changes_the_two_moments_and_nothing_else", "expiry::every_request_counts_as_activity"],
    ),
    (Flaw::TouchTakesBack, &["contract::a_touch_that_comes_late_takes_nothing_back"]),
    (Flaw::TouchMakesAVersion, &["contract::a_touch_changes_the_two_moments_and_nothing_else"]),
    (
        Flaw::RotateForgetsTheForward,
        &[
            "renewal::a_rotation_moves_the_record_and_leaves_a_forward_to_it",
            "renewal::an_old_id_leads_on_within_the_grace_and_not_after",
            "endings::a_logout_under_an_old_id_ends_the_successor",
        ],
    ),
    (
        Flaw::RotateKeepsTheOldRecord,
        &["renewal::a_forward_that_is_closed_is_kept_too", "renewal::a_login_ends_the_old_id_at_once"],
    ),
    (Flaw::RotateRevives, &["contract::what_was_destroyed_is_not_brought_back"]),
    (Flaw::RotateForgetsTheVersion, &["renewal::a_rotation_over_another_version_writes_nothing"]),
    (Flaw::LockIgnoresTheOwner, &["locking::a_lock_has_one_owner_until_its_end"]),
    (Flaw::LockHasNoEnd, &["locking::a_lock_has_one_owner_until_its_end"]),
    (Flaw::LockLooksFirst, &["locking::of_many_locks_at_once_one_is_granted"]),
    (Flaw::LockMakesNoVersion, &["locking::a_former_owner_writes_nothing"]),
    (Flaw::UnlockForgets, &["locking::a_lock_has_one_owner_until_its_end"]),
    (Flaw::UnlockAsksNobody, &["locking::only_its_owner_releases_a_lock"]),
    (Flaw::DestroyForgets, &["contract::destroy_answers_what_was_there", "endings::a_logout_at_the_same_moment_wins"]),
    (Flaw::DestroyAnswersNothing, &["contract::destroy_answers_what_was_there"]),
    (Flaw::DestroyFollowsTheForward, &["renewal::a_rotation_moves_the_record_and_leaves_a_forward_to_it"]),
    (Flaw::MixesDigests, &["contents::digests_that_look_alike_are_not_mixed"]),
    (Flaw::CutsPayloads, &["contents::bytes_come_back_exactly"]),
    (Flaw::LosesTheAgent, &["contents::every_field_comes_back"]),
    (Flaw::LoadIsStale, &["contract::a_load_sees_every_write_before_it"]),
    (
        Flaw::CollectTakesAll,
        &[
            "expiry::the_collector_removes_only_what_has_expired",
            "expiry::the_collector_leaves_the_forward_of_an_old_id",
        ],
    ),
    (Flaw::CollectCountsTwice, &["expiry::the_collector_removes_only_what_has_expired"]),
    (Flaw::CollectIgnoresTheBatch, &["expiry::the_collector_removes_only_what_has_expired"]),
    (
        Flaw::ListFails,
        &[
            "users::a_list_has_the_sessions_of_its_user_and_no_other",
            "users::ending_a_user_s_sessions_spares_one_and_everybody_else",
        ],
    ),
    (Flaw::ListsEverybody, &["users::a_list_has_the_sessions_of_its_user_and_no_other"]),
    (Flaw::EndSparesNobody, &["users::ending_a_user_s_sessions_spares_one_and_everybody_else"]),
    (Flaw::CountsWhatHasExpired, &["users::a_count_counts_what_is_alive"]),
    (Flaw::ScansOnePage, &["scanning::a_scan_comes_by_everything_that_is_kept"]),
    (Flaw::ScansInACircle, &["scanning::a_scan_comes_by_everything_that_is_kept"]),
    (Flaw::CloseFails, &["contract::closing_is_no_error"]),
    (Flaw::KeepsItsLock, &["cancellation::an_update_that_is_dropped_leaves_old_or_new"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flaw_of_a_store_is_caught() {
    for (flaw, names) in FLAWS {
        for name in names {
            let mut is_caught = false;
            // A race is lost most of the time, but not always.
            for _ in 0..5 {
                if !is_caught {
                    let site = Site::open(Wrapped::with(flaw)).await.unwrap();
                    is_caught = verdict(name, site).await.is_some();
                }
            }
            assert!(is_caught, "{name} must catch {flaw:?}");
        }
    }
}

#[tokio::test]
async fn every_slip_of_a_driver_is_caught() {
    for (slip, name) in [
        (Slip::WritesInTwoSteps, "cancellation::an_update_that_is_dropped_leaves_old_or_new"),
        (Slip::WritesInTwoSteps, "cancellation::a_rotation_that_is_dropped_loses_nobody"),
        (Slip::DestroyForgets, "contract::what_was_destroyed_is_not_brought_back"),
        (Slip::MixesDigests, "contents::digests_that_look_alike_are_not_mixed"),
        (Slip::CutsAtTheFirstZero, "contents::values_come_back_as_they_were"),
        (Slip::GcTakesAll, "expiry::the_collector_removes_only_what_has_expired"),
        (Slip::GcTakesAll, "expiry::the_collector_leaves_what_was_given_a_longer_life"),
        (Slip::IsSilentlyDown, "contract::creation_never_replaces"),
        (Slip::Panics, "contents::many_sessions_at_once_are_not_mixed"),
    ] {
        let site = Site::open(WrongDriver::with(slip)).await.unwrap();
        assert!(verdict(name, site).await.is_some(), "{name} must catch {slip:?}");
    }
}

#[tokio::test]
async fn silence_in_place_of_an_error_is_caught() {
    let store = async || Site::open_unreachable(Wrapped::with(Flaw::IsSilentlyDown)).await.unwrap();
    let driver = async || Site::open_unreachable(WrongDriver::with(Slip::IsSilentlyDown)).await.unwrap();
    for site in [store().await, driver().await] {
        let error = unreachable::a_store_that_is_down_is_an_error_in_every_call(site.clone()).await.unwrap_err();
        assert!(error.to_string().contains("`load` on a store that is down is an error"), "{error}");
        assert!(unreachable::a_store_that_is_down_is_not_an_empty_session(site).await.is_err());
    }
}

#[tokio::test]
async fn drivers_that_share_nothing_are_caught() {
    use crate::testing::shared;
    let both = async || Site::open_both((MemoryStore::default(), MemoryStore::default())).await.unwrap();
    assert!(shared::what_one_instance_writes_the_other_sees(both().await).await.is_err());
    assert!(shared::sessions_outlive_the_instance_that_wrote_them(both().await).await.is_err());
    assert!(shared::a_visitor_of_both_instances_has_one_session(both().await).await.is_err());
    assert!(shared::fifty_requests_to_both_instances_add_fifty(both().await).await.is_err());
}

#[tokio::test]
async fn a_driver_that_is_right_breaks_no_promise() {
    let violations = violations(|| Site::open(SixMethods::default())).await;
    assert!(violations.is_empty(), "{violations:?}");
}

#[test]
fn a_test_that_fails_says_which_promise_was_broken_and_what_came_instead() {
    let failed = catch_unwind(AssertUnwindSafe(|| {
        run(Site::open(Wrapped::with(Flaw::CreateReplaces)), contract::creation_never_replaces);
    }));
    let message = *failed.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(message, "`create` under a digest that is taken: expected Taken, got Created");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_can_fail() {
    let mut idle: BTreeSet<_> = CHECKS.iter().map(|(name, _)| *name).collect();
    // All at once: with a store whose locks never end, some checks wait.
    let flawed = FLAWS.map(|(flaw, _)| tokio::spawn(violations(move || Site::open(Wrapped::with(flaw)))));
    for found in flawed {
        for (name, _) in found.await.unwrap() {
            idle.remove(name);
        }
    }
    for (name, _) in violations(|| Site::open(WrongDriver::with(Slip::CutsAtTheFirstZero))).await {
        idle.remove(name);
    }
    assert!(idle.is_empty(), "no flaw was caught by {idle:?}");
}
