//! The execution thread with a scripted engine.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::engine::scripted::Scripted;
use crate::output::StreamName;

/// Does what the code says in one word.
fn scripted(cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
    let (word, rest) = cell.code.split_once(' ').unwrap_or((cell.code, ""));
    match word {
        "value" => {
            host.emit(Output::Stream {
                name: StreamName::Stdout,
                text: "noise".into(),
            });
            let data = json!({ "text/plain": rest }).as_object().unwrap().clone();
            host.emit(Output::Result {
                data,
                metadata: Map::new(),
            });
            Ok(())
        }
        "ask" => host
            .input(rest, false)
            .map(|_| ())
            .map_err(|reason| error(&reason)),
        "fault" => panic!("{rest}"),
        "flood" => {
            for _ in 0..10 * MOST_UNHEARD {
                host.emit(Output::Clear { wait: true });
            }
            Ok(())
        }
        _ => Err(error(cell.code)),
    }
}

fn error(text: &str) -> CellError {
    CellError {
        name: "Scripted".into(),
        value: text.into(),
        traceback: vec![],
    }
}

fn started(make: MakeEngine) -> (mpsc::Sender<Order>, UnboundedReceiver<Event>) {
    let (events, received) = unbounded_channel();
    (start(make, events).unwrap().0, received)
}

fn next(events: &mut UnboundedReceiver<Event>) -> Progress {
    match events.blocking_recv() {
        Some(Event::Execution(progress)) => progress,
        _ => panic!("the thread has ended"),
    }
}

fn order(code: &str, user_expressions: &[(&str, &str)]) -> Order {
    let expressions = user_expressions
        .iter()
        .map(|(name, code)| (name.to_string(), code.to_string()));
    Order::Cell {
        number: 1,
        code: code.into(),
        user_expressions: expressions.collect(),
        stopped: Arc::default(),
    }
}

fn finished(events: &mut UnboundedReceiver<Event>) -> (Result<(), CellError>, Map<String, Value>) {
    loop {
        if let Progress::Finished {
            result,
            user_expressions,
        } = next(events)
        {
            return (result, user_expressions);
        }
    }
}

#[test]
fn an_engine_that_cannot_start_says_so_in_every_cell() {
    let (orders, mut events) = started(Box::new(|| Err(error("no compiler"))));
    for _ in 0..2 {
        orders.send(order("value 1", &[])).unwrap();
        assert_eq!(finished(&mut events).0, Err(error("no compiler")));
    }
}

#[test]
fn a_cell_that_was_stopped_before_it_began_does_not_begin() {
    let (orders, mut events) = started(Box::new(|| Ok(Box::new(Scripted(scripted)))));
    let order = order("value 1", &[]);
    if let Order::Cell { stopped, .. } = &order {
        stopped.store(true, Ordering::Relaxed);
    }
    orders.send(order).unwrap();
    assert!(matches!(next(&mut events), Progress::Started { .. }));
    let Progress::Finished { result, .. } = next(&mut events) else {
        panic!("it began")
    };
    assert_eq!(result.unwrap_err().name, "Interrupted");
}

#[test]
fn a_fault_of_the_engine_costs_the_cell_only() {
    let (orders, mut events) = started(Box::new(|| Ok(Box::new(Scripted(scripted)))));
    orders.send(order("fault of mine", &[])).unwrap();
    let failure = finished(&mut events).0.unwrap_err();
    assert_eq!(
        (failure.name.as_str(), failure.value.as_str()),
        ("InternalError", "a fault in Hebb itself: of mine")
    );
    orders.send(order("value 1", &[])).unwrap();
    assert_eq!(finished(&mut events).0, Ok(()));
}

#[test]
fn expressions_are_evaluated_after_a_success_and_silently() {
    let (orders, mut events) = started(Box::new(|| Ok(Box::new(Scripted(scripted)))));
    let expressions = [("good", "value 2"), ("bad", "nonsense"), ("asks", "ask me")];
    orders.send(order("value 1", &expressions)).unwrap();
    assert!(matches!(next(&mut events), Progress::Started { .. }));
    assert!(matches!(
        next(&mut events),
        Progress::Output(Output::Stream { .. })
    ));
    assert!(matches!(
        next(&mut events),
        Progress::Output(Output::Result { .. })
    ));
    let Progress::Finished {
        result,
        user_expressions,
    } = next(&mut events)
    else {
        panic!("more output")
    };
    assert_eq!(result, Ok(()));
    assert_eq!(
        user_expressions["good"],
        json!({ "status": "ok", "data": { "text/plain": "2" }, "metadata": {} })
    );
    assert_eq!(user_expressions["bad"], error_reply(&error("nonsense")));
    assert_eq!(user_expressions["asks"]["status"], "error");
    orders.send(order("nonsense", &expressions)).unwrap();
    assert_eq!(finished(&mut events), (Err(error("nonsense")), Map::new()));
}

#[test]
fn a_question_waits_for_its_answer() {
    let (orders, mut events) = started(Box::new(|| Ok(Box::new(Scripted(scripted)))));
    for (reply, result) in [
        (Ok("Ada".to_string()), Ok(())),
        (Err("no".to_string()), Err(error("no"))),
    ] {
        orders.send(order("ask name?", &[])).unwrap();
        let answer = loop {
            if let Progress::Question { prompt, answer, .. } = next(&mut events) {
                assert_eq!(prompt, "name?");
                break answer;
            }
        };
        answer.send(reply).unwrap();
        assert_eq!(finished(&mut events).0, result);
    }
}

#[test]
fn a_large_output_weighs_more() {
    let text = "x".repeat(5 * UNIT);
    let name = StreamName::Stdout;
    assert_eq!(weight(&Output::Stream { name, text }), 6);
    let data = json!({ "a": "x".repeat(UNIT), "b": "x".repeat(UNIT) });
    assert_eq!(weight(&Output::display(data.as_object().unwrap().clone())), 3);
    assert_eq!(weight(&Output::Clear { wait: true }), 1);
}

#[test]
fn a_flood_waits_until_it_is_heard() {
    let (orders, mut events) = started(Box::new(|| Ok(Box::new(Scripted(scripted)))));
    assert!(matches!(next(&mut events), Progress::Started { .. }));
    orders.send(order("flood", &[])).unwrap();
    for _ in 0..10 {
        for _ in 0..MOST_UNHEARD {
            assert!(matches!(next(&mut events), Progress::Output(_)));
        }
        let Progress::Pause(heard) = next(&mut events) else {
            panic!("it goes on by itself")
        };
        assert!(events.is_empty(), "more came before it was heard");
        heard.send(()).unwrap();
    }
    assert_eq!(finished(&mut events).0, Ok(()));
}
