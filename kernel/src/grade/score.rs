//! How many points a test cell brings: the rules of nbgrader's `determine_grade` and `get_partial_grade`.

use serde_json::Value;

use crate::notebook::text_of;

/// What the outputs of a test cell say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// All points: neither an error nor a number.
    Full,
    /// The cell's value is a number of points, no more than there are.
    Part(f64),
    /// An error.
    Failed,
    /// Text on standard error, which counts as an error.
    Stderr,
    /// The value is a number, but no number of points of this cell. nbgrader gives all points for one below zero or that is no
    /// number, and does not go on with the submission if it is too large; here it brings nothing, or a result that is NaN by
    /// a learner's doing would bring everything.
    Absurd(f64),
}

impl Verdict {
    /// Reads the outputs of a cell that is worth `points`, in order: the first that decides, decides.
    pub fn of(outputs: &[Value], points: f64) -> Verdict {
        for output in outputs {
            match output["output_type"].as_str() {
                Some("error") => return Verdict::Failed,
                Some("stream") if output["name"] == "stderr" => return Verdict::Stderr,
                Some("execute_result") => return Verdict::of_value(&output["data"]["text/plain"], points),
                _ => {}
            }
        }
        Verdict::Full
    }

    /// Reads a cell's value.
    fn of_value(plain: &Value, points: f64) -> Verdict {
        let text = text_of(plain).unwrap_or_default();
        match text.trim().parse::<f64>() {
            Err(_) => Verdict::Full,
            Ok(number) if (0.0..=points).contains(&number) => Verdict::Part(number),
            Ok(number) => Verdict::Absurd(number),
        }
    }

    /// The points.
    pub fn score(self, points: f64) -> f64 {
        match self {
            Verdict::Full => points,
            Verdict::Part(part) => part,
            Verdict::Failed | Verdict::Stderr | Verdict::Absurd(_) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outputs_decide_as_in_nbgrader() {
        let out = json!({ "output_type": "stream", "name": "stdout", "text": ["Error"] });
        let err = json!({ "output_type": "stream", "name": "stderr", "text": ["x"] });
        let fail = json!({ "output_type": "error", "ename": "Panic", "evalue": "", "traceback": [] });
        let shown = json!({ "output_type": "display_data", "data": { "text/plain": ["0"] } });
        let value = |text: &str| json!({ "output_type": "execute_result", "data": { "text/plain": [text] } });
        let lines = json!({ "output_type": "execute_result", "data": { "text/plain": ["1\n", "2"] } });
        let rows = [
            (vec![], Verdict::Full),
            (vec![out.clone(), shown], Verdict::Full),
            (vec![out.clone(), fail.clone()], Verdict::Failed),
            (vec![err.clone(), value("2")], Verdict::Stderr),
            (vec![value("1.5"), err], Verdict::Part(1.5)),
            (vec![value("0")], Verdict::Part(0.0)),
            (vec![value("2.0")], Verdict::Part(2.0)),
            (vec![value("2.1")], Verdict::Absurd(2.1)),
            (vec![value("-1")], Verdict::Absurd(-1.0)),
            (vec![value("inf")], Verdict::Absurd(f64::INFINITY)),
            (vec![value("true")], Verdict::Full),
            (vec![lines], Verdict::Full),
        ];
        for (outputs, verdict) in rows {
            assert_eq!(Verdict::of(&outputs, 2.0), verdict, "{outputs:?}");
        }
        assert!(matches!(Verdict::of(&[value("NaN")], 2.0), Verdict::Absurd(number) if number.is_nan()));
        assert_eq!(Verdict::Absurd(f64::NAN).score(2.0), 0.0);
        assert_eq!(
            (
                Verdict::Full.score(2.0),
                Verdict::Part(0.5).score(2.0),
                Verdict::Failed.score(2.0)
            ),
            (2.0, 0.5, 0.0)
        );
    }
}
