//! One suite for every executor: the lesson, the current-thread runtime, the local runtime, the local set.
//!
//! A test is a function over a [`Subject`](subject::Subject). [`suite!`] makes one `#[test]` of each test and
//! subject. Another executor joins by implementing the trait and standing in the lists at the end of this file.

#[path = "../common/mod.rs"]
mod common;

mod basics;
mod order;
mod real;
mod subject;
mod waking;

/// `suite!(module of tests, [subjects], [tests])`.
macro_rules! suite {
    ($tests:ident on [$($subject:ident: $type:ident),* $(,)?] $names:tt) => {
        $(suite!(@one $tests $subject $type $names);)*
    };
    (@one $tests:ident $subject:ident $type:ident [$($name:ident),* $(,)?]) => {
        mod $subject {
            $(
                #[test]
                fn $name() {
                    crate::$tests::$name::<crate::subject::$type>();
                }
            )*
        }
    };
}

/// What every executor can: spawn, join, wake.
mod every {
    suite!(basics on [lesson: Lesson, current_thread: CurrentThread, local_runtime: Local, local_set: Set] [
        spawn_then_join_gives_the_output,
        the_outcome_can_be_awaited_late,
        a_task_awaits_two_handles,
        a_chain_of_joins,
        spawn_inside_a_task,
        ten_thousand_tasks,
        detached_tasks_run,
        outputs_of_many_types,
        each_future_and_output_is_dropped_once,
        two_awaits_in_one_spawn_are_one_task,
    ]);
}

/// What wakers promise.
mod wakers {
    suite!(waking on [lesson: Lesson, current_thread: CurrentThread, local_runtime: Local, local_set: Set] [
        a_wake_from_another_thread,
        a_wake_before_the_poll_ends_is_not_lost,
        many_wakes_are_one_poll,
        a_waker_kept_after_completion_is_harmless,
        a_waker_moves_between_tasks,
        a_third_party_oneshot,
        a_third_party_channel,
        a_channel_whose_waker_outlives_the_poll,
        ping_pong_between_two_tasks,
    ]);
}

/// What single-threaded executors promise about the order.
mod one_thread {
    suite!(order on [lesson: Lesson, current_thread: CurrentThread, local_runtime: Local, local_set: Set] [
        first_polls_come_in_spawn_order,
        a_self_wake_goes_to_the_back,
        two_yielders_alternate,
        wakes_queue_in_the_order_they_came,
        a_spawn_waits_for_its_turn,
    ]);
}

/// What the lesson leaves out: aborts, panics, shutdown, ids.
mod runtimes {
    suite!(real on [current_thread: CurrentThread, local_runtime: Local, local_set: Set] [
        abort_before_the_first_poll,
        abort_while_it_waits,
        abort_after_completion,
        a_panic_stays_in_its_task,
        ten_more_spawns_after_a_panic,
        a_drop_of_the_executor_drops_each_future_once,
        ids_are_unique,
        the_current_id_is_the_tasks_own,
        a_handle_is_finished_when_its_task_is,
        futures_of_the_futures_crate_run,
    ]);
}
