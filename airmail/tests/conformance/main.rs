//! One suite for every executor: the lesson, the current-thread runtime, the local runtime, the local set, the
//! multi-thread runtime with 1, 2 and 8 workers, and, under many seeds, the simulation.
//!
//! A test is a function over a [`Subject`](subject::Subject). [`suite!`] makes one `#[test]` of each test and
//! subject. Another executor joins by implementing the trait and standing in the lists at the end of this file.

#[path = "../common/mod.rs"]
mod common;

mod basics;
mod order;
mod real;
mod simulated;
mod subject;
mod waking;

/// `suite!(module of tests, [subjects], [tests])`.
macro_rules! suite {
    ($tests:ident on [$($subject:ident: $type:ident),* $(,)?] $names:tt) => {
        $(suite!(@one $tests $subject $type $names);)*
    };
    ($tests:ident on workers $names:tt) => {
        suite!($tests on [
            one_worker: On1, two_workers: On2, eight_workers: On8,
            beside_one_worker: Beside1, beside_two_workers: Beside2, beside_eight_workers: Beside8,
        ] $names);
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

/// The same on workers, without what takes it for granted that nobody else polls meanwhile.
mod on_workers {
    mod basics {
        suite!(basics on workers [
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

    mod waking {
        suite!(waking on workers [
            a_wake_from_another_thread,
            a_wake_before_the_poll_ends_is_not_lost,
            a_waker_kept_after_completion_is_harmless,
            a_waker_moves_between_tasks,
            a_third_party_oneshot,
            a_third_party_channel,
            a_channel_whose_waker_outlives_the_poll,
            ping_pong_between_two_tasks,
        ]);
    }

    mod real {
        suite!(real on workers [
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

    /// With one worker, nobody polls another task while the body is polled.
    mod alone {
        mod waking {
            suite!(waking on [one_worker: On1] [many_wakes_are_one_poll]);
        }

        mod real {
            suite!(real on [one_worker: On1] [abort_before_the_first_poll]);
        }
    }
}

/// `simulate!(module of tests: [test: what its schedules may do])`.
macro_rules! simulate {
    ($tests:ident: [$($name:ident: $rules:expr),* $(,)?]) => {
        mod $tests {
            use crate::simulated::{ANY, FIFO, Simulated, explore};
            $(
                #[test]
                fn $name() {
                    explore(stringify!($name), $rules, crate::$tests::$name::<Simulated>);
                }
            )*
        }
    };
}

/// The same tests in every order that a simulation may choose, with all faults that a correct program has to bear.
/// What a test does not bear stands beside it, with the reason.
#[allow(unused_imports, reason = "not every group has both")]
mod simulation {
    simulate!(basics: [
        spawn_then_join_gives_the_output: ANY,
        the_outcome_can_be_awaited_late: ANY,
        a_task_awaits_two_handles: ANY,
        a_chain_of_joins: ANY,
        spawn_inside_a_task: ANY,
        // Each schedule has 20,000 polls.
        ten_thousand_tasks: ANY.one_in(500),
        detached_tasks_run: ANY,
        outputs_of_many_types: ANY,
        each_future_and_output_is_dropped_once: ANY,
        two_awaits_in_one_spawn_are_one_task: ANY,
    ]);
    simulate!(waking: [
        a_wake_from_another_thread: ANY.with_threads(),
        a_wake_before_the_poll_ends_is_not_lost: ANY.with_threads(),
        // A spurious poll counts too, and of a hundred wakes the late ones come one by one.
        many_wakes_are_one_poll: ANY.counts_polls(),
        a_waker_kept_after_completion_is_harmless: ANY.with_threads(),
        a_waker_moves_between_tasks: ANY,
        a_third_party_oneshot: ANY.with_threads(),
        a_third_party_channel: ANY,
        a_channel_whose_waker_outlives_the_poll: ANY,
        ping_pong_between_two_tasks: ANY,
    ]);
    simulate!(order: [
        first_polls_come_in_spawn_order: FIFO,
        a_self_wake_goes_to_the_back: FIFO,
        two_yielders_alternate: FIFO,
        wakes_queue_in_the_order_they_came: FIFO,
        a_spawn_waits_for_its_turn: FIFO,
    ]);
    simulate!(real: [
        abort_before_the_first_poll: ANY,
        abort_while_it_waits: ANY,
        abort_after_completion: ANY,
        a_panic_stays_in_its_task: ANY,
        ten_more_spawns_after_a_panic: ANY,
        a_drop_of_the_executor_drops_each_future_once: ANY.leaves_tasks(),
        ids_are_unique: ANY,
        the_current_id_is_the_tasks_own: ANY,
        a_handle_is_finished_when_its_task_is: ANY,
        futures_of_the_futures_crate_run: ANY,
    ]);
}
