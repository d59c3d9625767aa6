//! The outputs of one cell as a notebook file holds them (nbformat 4). Files are read and written elsewhere.

use serde_json::{Map, Value, json};

use crate::output::{CellError, MimeBundle, Output, StreamName};

/// What one cell has put out, in nbformat's shape.
#[derive(Debug, Default)]
pub struct CellOutputs {
    outputs: Vec<(Value, Option<String>)>,
    clear_at_next: bool,
}

impl CellOutputs {
    /// Takes one output. An update reaches what this cell shows; see [`update`](CellOutputs::update) for other cells.
    pub fn take(&mut self, output: &Output, execution_count: u32) {
        if let Output::Clear { wait } = output {
            self.clear_at_next = *wait;
            if !wait {
                self.outputs.clear();
            }
            return;
        }
        if let Output::Display {
            data,
            metadata,
            display_id: Some(id),
            update: true,
        } = output
        {
            self.update(id, data, metadata);
            return;
        }
        if matches!(output, Output::Comm(_) | Output::CommTarget(_)) {
            return;
        }
        self.clear_if_due();
        match output {
            Output::Stream { name, text } => self.stream(*name, text),
            Output::Display {
                data,
                metadata,
                display_id,
                ..
            } => {
                let shown =
                    json!({ "output_type": "display_data", "data": lines_of(data), "metadata": metadata });
                self.outputs.push((shown, display_id.clone()));
            }
            Output::Result { data, metadata } => {
                let shown = json!({
                    "output_type": "execute_result",
                    "execution_count": execution_count,
                    "data": lines_of(data),
                    "metadata": metadata,
                });
                self.outputs.push((shown, None));
            }
            // A file has no pager; what was asked for is read at its place.
            Output::Page { data } => {
                let shown = json!({ "output_type": "display_data", "data": lines_of(data), "metadata": {} });
                self.outputs.push((shown, None));
            }
            Output::Clear { .. } | Output::Comm(_) | Output::CommTarget(_) => {}
        }
    }

    /// Replaces what a display shows, if this cell shows it.
    pub fn update(&mut self, id: &str, data: &MimeBundle, metadata: &Map<String, Value>) {
        for (shown, _) in self
            .outputs
            .iter_mut()
            .filter(|(_, shown)| shown.as_deref() == Some(id))
        {
            shown["data"] = lines_of(data);
            shown["metadata"] = metadata.clone().into();
        }
    }

    /// Takes the error that ended the cell.
    pub fn fail(&mut self, error: &CellError) {
        self.clear_if_due();
        let shown = json!({
            "output_type": "error", "ename": error.name, "evalue": error.value, "traceback": error.traceback,
        });
        self.outputs.push((shown, None));
    }

    /// The outputs as they stand in a file.
    pub fn values(&self) -> Vec<Value> {
        let finished = |(output, _): &(Value, Option<String>)| {
            let mut output = output.clone();
            if output["output_type"] == "stream" {
                let text = output["text"].as_str().map(overwritten).unwrap_or_default();
                output["text"] = lines(&text);
            }
            output
        };
        self.outputs.iter().map(finished).collect()
    }

    /// Does what a clear left to the next output.
    fn clear_if_due(&mut self) {
        if std::mem::take(&mut self.clear_at_next) {
            self.outputs.clear();
        }
    }

    fn stream(&mut self, name: StreamName, text: &str) {
        let name = name.as_str();
        if let Some((last, _)) = self.outputs.last_mut()
            && last["name"] == name
            && let Value::String(before) = &mut last["text"]
        {
            before.push_str(text);
            return;
        }
        self.outputs.push((
            json!({ "output_type": "stream", "name": name, "text": text }),
            None,
        ));
    }
}

/// What is left of each line on a screen when `\r` has gone back to its start.
fn overwritten(text: &str) -> String {
    let line = |line: &str| {
        let (content, newline) = line
            .strip_suffix('\n')
            .map_or((line, ""), |content| (content, "\n"));
        let content = content.trim_end_matches('\r');
        format!("{}{newline}", content.rsplit('\r').next().unwrap_or_default())
    };
    text.split_inclusive('\n').map(line).collect()
}

/// A text as a list of lines, as nbformat stores it.
fn lines(text: &str) -> Value {
    text.split_inclusive('\n').map(Value::from).collect()
}

/// A bundle with its texts as lists of lines; JSON stays JSON.
fn lines_of(data: &MimeBundle) -> Value {
    let split = |(mime, content): (&String, &Value)| {
        let content = match content {
            Value::String(text) if !mime.ends_with("json") => lines(text),
            other => other.clone(),
        };
        (mime.clone(), content)
    };
    Value::Object(data.iter().map(split).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_too_is_an_output_that_a_waiting_clear_waits_for() {
        let mut outputs = CellOutputs::default();
        let text = "10 %".to_string();
        outputs.take(
            &Output::Stream {
                name: StreamName::Stdout,
                text,
            },
            1,
        );
        outputs.take(&Output::Clear { wait: true }, 1);
        outputs.fail(&CellError::new("Panic", "no"));
        let kinds: Vec<Value> = outputs
            .values()
            .iter()
            .map(|output| output["output_type"].clone())
            .collect();
        assert_eq!(kinds, ["error"]);
    }

    #[test]
    fn outputs_take_the_shape_of_the_format() {
        let mut outputs = CellOutputs::default();
        let text = |text: &str| {
            let data = [("text/plain".to_string(), Value::from(text))]
                .into_iter()
                .collect::<Map<_, _>>();
            (data, Map::new())
        };
        let stream = |name, text: &str| Output::Stream {
            name,
            text: text.to_string(),
        };
        let display = |content: &str, id: &str, update| {
            let (data, metadata) = text(content);
            Output::Display {
                data,
                metadata,
                display_id: Some(id.to_string()),
                update,
            }
        };
        outputs.take(&stream(StreamName::Stdout, "gone"), 3);
        outputs.take(&Output::Clear { wait: false }, 3);
        outputs.take(&stream(StreamName::Stdout, "also gone"), 3);
        outputs.take(&Output::Clear { wait: true }, 3);
        outputs.take(&stream(StreamName::Stdout, "10 %\r50 "), 3);
        outputs.take(&stream(StreamName::Stdout, "%\r\n100 %\r"), 3);
        outputs.take(&stream(StreamName::Stderr, "warning\n"), 3);
        outputs.take(&display("first", "a", false), 3);
        outputs.take(&display("other", "b", false), 3);
        outputs.take(&display("second\nline", "a", true), 3);
        outputs.take(&display("nowhere", "c", true), 3);
        let (mut data, metadata) = text("1");
        data.insert("application/vnd.vega+json".to_string(), json!({ "a": 1 }));
        outputs.take(&Output::Result { data, metadata }, 3);
        outputs.fail(&CellError {
            name: "Panic".into(),
            value: "no".into(),
            traceback: vec!["no".into()],
        });
        insta::assert_snapshot!(outputs.values().iter().map(Value::to_string).collect::<Vec<_>>().join("\n"), @r#"
        {"name":"stdout","output_type":"stream","text":["50 %\n","100 %"]}
        {"name":"stderr","output_type":"stream","text":["warning\n"]}
        {"data":{"text/plain":["second\n","line"]},"metadata":{},"output_type":"display_data"}
        {"data":{"text/plain":["other"]},"metadata":{},"output_type":"display_data"}
        {"data":{"application/vnd.vega+json":{"a":1},"text/plain":["1"]},"execution_count":3,"metadata":{},"output_type":"execute_result"}
        {"ename":"Panic","evalue":"no","output_type":"error","traceback":["no"]}
        "#);
    }
}
