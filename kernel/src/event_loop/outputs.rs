//! What a cell shows, in the protocol's words.

use serde_json::{Value, json};

use crate::output::{CommMessage, MimeBundle, Output};

/// How an output reaches the front end.
#[derive(Debug, PartialEq)]
pub enum Published {
    /// A broadcast of this type and content.
    Broadcast(&'static str, Value),
    /// A part of the reply's `payload`.
    Payload(Value),
    /// A message on a comm.
    Comm(CommMessage),
    /// A name under which comms are taken.
    CommTarget(String),
}

/// Puts an output into the protocol's words.
pub fn publish(output: Output, execution_count: u32) -> Published {
    let (kind, content) = match output {
        Output::Comm(message) => return Published::Comm(message),
        Output::CommTarget(target) => return Published::CommTarget(target),
        Output::Stream { name, text } => ("stream", json!({ "name": name.as_str(), "text": text })),
        Output::Display {
            data,
            metadata,
            display_id,
            update,
        } => {
            let kind = if update {
                "update_display_data"
            } else {
                "display_data"
            };
            let transient = match display_id {
                Some(id) => json!({ "display_id": id }),
                None => json!({}),
            };
            (
                kind,
                json!({ "data": complete(data), "metadata": metadata, "transient": transient }),
            )
        }
        Output::Result { data, metadata } => {
            let content = json!({
                "execution_count": execution_count,
                "data": complete(data),
                "metadata": metadata,
            });
            ("execute_result", content)
        }
        Output::Page { data } => {
            return Published::Payload(json!({ "source": "page", "data": complete(data), "start": 0 }));
        }
        Output::Clear { wait } => ("clear_output", json!({ "wait": wait })),
    };
    Published::Broadcast(kind, content)
}

/// The text of a bundle.
pub fn plain_text(data: &MimeBundle) -> Option<&str> {
    data.get("text/plain")?.as_str()
}

/// Adds what the protocol wants in every bundle: a `text/plain`.
fn complete(mut data: MimeBundle) -> MimeBundle {
    if plain_text(&data).is_none() {
        let kinds = data.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        data.insert("text/plain".to_string(), json!(format!("<{kinds}>")));
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::StreamName;

    fn bundle(value: Value) -> MimeBundle {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn text_is_always_there() {
        let rows = [
            (json!({ "text/plain": "1" }), json!({ "text/plain": "1" })),
            (json!({}), json!({ "text/plain": "<>" })),
            (
                json!({ "image/png": "aGk=" }),
                json!({ "image/png": "aGk=", "text/plain": "<image/png>" }),
            ),
            (
                json!({ "application/json": { "a": [1] }, "text/plain": "p" }),
                json!({ "application/json": { "a": [1] }, "text/plain": "p" }),
            ),
        ];
        for (given, wanted) in rows {
            assert_eq!(complete(bundle(given)), bundle(wanted));
        }
    }

    #[test]
    fn each_output_has_its_message() {
        let data = bundle(json!({ "text/plain": "1" }));
        let display = |display_id: Option<&str>, update| {
            let (data, metadata) = (data.clone(), Default::default());
            publish(
                Output::Display {
                    data,
                    metadata,
                    display_id: display_id.map(Into::into),
                    update,
                },
                7,
            )
        };
        let content = |transient: Value| json!({ "data": data, "metadata": {}, "transient": transient });
        assert_eq!(
            display(None, false),
            Published::Broadcast("display_data", content(json!({})))
        );
        assert_eq!(
            display(Some("d"), false),
            Published::Broadcast("display_data", content(json!({ "display_id": "d" })))
        );
        assert_eq!(
            display(Some("d"), true),
            Published::Broadcast("update_display_data", content(json!({ "display_id": "d" })))
        );
        assert_eq!(
            publish(Output::Clear { wait: true }, 7),
            Published::Broadcast("clear_output", json!({ "wait": true }))
        );
        assert_eq!(
            publish(
                Output::Stream {
                    name: StreamName::Stderr,
                    text: "x\r".into()
                },
                7
            ),
            Published::Broadcast("stream", json!({ "name": "stderr", "text": "x\r" }))
        );
        assert_eq!(
            publish(
                Output::Result {
                    data: data.clone(),
                    metadata: Default::default()
                },
                7
            ),
            Published::Broadcast(
                "execute_result",
                json!({ "data": data, "metadata": {}, "execution_count": 7 })
            )
        );
        assert_eq!(
            publish(Output::Page { data: data.clone() }, 7),
            Published::Payload(json!({ "source": "page", "data": data, "start": 0 }))
        );
    }
}
