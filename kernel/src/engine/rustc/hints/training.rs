//! Hints for the words of training: layers, losses, optimizers, metrics, callbacks and data, as those write them who know them
//! from another library or for the first time.

use super::definitions::is_own;
use super::{Error, Hint, alone};

/// A hint, if the error is about a network, its training or its data.
pub fn hint(error: &Error<'_>) -> Option<Hint> {
    let Error {
        message, named, at, ..
    } = *error;
    let kind = error.names().last().copied().unwrap_or_default();
    let text = match error.code {
        "E0425" | "E0433" | "E0412" | "E0432" => elsewhere(named)?.to_owned(),
        "E0423" if message.starts_with("expected value, found struct") && !is_own(error, named) => {
            made(named)
        }
        "E0599" if message.starts_with("no method") => return method(error),
        "E0599" if named == "from_logits" || named == "new" => return None,
        "E0599" if message.starts_with("no variant") && !error.suggested && !is_own(error, kind) => {
            let kind = kind.rsplit("::").next()?;
            format!("press Tab behind `{kind}::`: it shows what there is")
        }
        "E0308" => mismatch(error)?.to_owned(),
        "E0061" => arguments(error)?.to_owned(),
        "E0593" => closure(error)?,
        "E0271" if message.contains("Item == Metric") => match error.label("found `&str`") {
            true => "a metric is a name without quotes: `[Accuracy]`".to_owned(),
            false if at.code.contains("TopK") => "it wants to know how many: `TopK(3)`".to_owned(),
            false => return None,
        },
        "E0277" if message == "`Metric` is not an iterator" => {
            "metrics stand in brackets, also a single one: `[Accuracy]`".to_owned()
        }
        "E0277" if message == "`ActivationFunction` is no layer" => {
            format!("as a layer of its own it is `Activation::new({})`", at.code)
        }
        "E0277" if message.ends_with("is no layer") => {
            "a layer is made like this: `Dense::new(10)`".to_owned()
        }
        "E0277" if message.ends_with("is no optimizer") => {
            "an optimizer is made like this: `Adam::new(1e-3)` or `SGD::new(0.1)`".to_owned()
        }
        "E0277" if message.ends_with("is no loss") => {
            "a loss is made like this: `MeanSquaredError::new()`".to_owned()
        }
        "E0277" if message.contains(": AsRef<Path>") => {
            "the name of a file stands in double quotes: `\"digits.safetensors\"`".to_owned()
        }
        "E0277" if message.contains(": RangeBounds<usize>") => {
            "layers are named by a range: `0..1` is the first, `..3` are the first three, `..` are all"
                .to_owned()
        }
        "E0277" if named.ends_with(": dyn_clone::DynClone") => layer(named.split(':').next()?),
        "E0277"
            if message.contains("doesn't implement `Debug`") && at.line_before().ends_with("Layer for ") =>
        {
            layer(named)
        }
        "E0609" if message.contains("on type `fn(") => match named {
            "csv" | "txt" | "npy" | "npz" | "png" | "jpg" | "safetensors" => {
                "the name of a file stands in double quotes: `\"digits.safetensors\"`".to_owned()
            }
            _ => "this is a function: call it with parentheses first".to_owned(),
        },
        "E0609" if kind == "Scores" || kind == "History" => match named {
            "loss" if kind == "Scores" => "it is a method: `.loss()`".to_owned(),
            _ => format!("it is asked by name: `.get(\"{named}\")`"),
        },
        "E0608" if kind == "Table" => {
            "a column of a table is taken by its name: `.column(\"a\")?`".to_owned()
        }
        "E0608" if kind == "Dataset" => {
            "the inputs of a data set are `.x`, its targets `.y`: `.x.rows(0..1)` is the first sample"
                .to_owned()
        }
        "E0616" if error.advice(&format!("a method `{named}` also exists")) => {
            format!("call it: `.{named}()`")
        }
        _ => return None,
    };
    alone(text)
}

/// The words of other libraries for what is here.
fn elsewhere(named: &str) -> Option<&'static str> {
    let text = match named {
        "BatchNormalization" | "BatchNorm1d" | "BatchNorm2d" => "here it is called `BatchNorm`",
        "LayerNormalization" => "here it is called `LayerNorm`",
        "MaxPooling2D" | "MaxPool2d" => "here it is called `MaxPool2D`",
        "AveragePooling2D" | "AvgPool2d" => "here it is called `AvgPool2D`",
        "GlobalAveragePooling2D" => "here it is called `GlobalAvgPool2D`",
        "Conv2d" => "here it is called `Conv2D`",
        "ConvTranspose2d" => "here it is called `Conv2DTranspose`",
        "Upsample" => "here it is called `UpSampling2D`",
        "MSE" | "MSELoss" => "the loss is called `MeanSquaredError`",
        "L1Loss" => "the loss is called `MeanAbsoluteError`",
        "BCELoss" | "BinaryCrossEntropy" => "the loss is called `BinaryCrossentropy`",
        "BCEWithLogitsLoss" => "the loss is `BinaryCrossentropy::from_logits()`",
        "CrossEntropyLoss" => "the loss is `SparseCategoricalCrossentropy::from_logits()`",
        "CrossEntropy" | "Crossentropy" => {
            "for class numbers the loss is called `SparseCategoricalCrossentropy`, for yes and no `BinaryCrossentropy`"
        }
        "LearningRateScheduler" => "here it is called `LearningRateSchedule`",
        "CSVLogger" => "here it is called `CsvLog`",
        "StandardScaler" => "here it is `Scaler::fit(&x)`",
        "TextVectorization" => "here it is called `Tokenizer`",
        "to_categorical" => "here it is called `one_hot`",
        "train_test_split" | "random_split" => "`let (train, test) = data.split(0.8);` divides a data set",
        "load_model" => "a model is loaded by `Sequential::load(\"digits.safetensors\")?`",
        "load_iris" => "here it is called `iris`",
        _ => return None,
    };
    Some(text)
}

/// How a thing is made whose bare name was given.
fn made(named: &str) -> String {
    match named {
        "Adam" | "AdamW" | "RMSprop" | "SGD" | "Adagrad" | "Adadelta" => {
            format!("`{named}` is a kind of optimizer: `{named}::new(0.001)` makes one")
        }
        "EarlyStopping" | "ReduceLROnPlateau" => {
            format!("one is made like this: `{named}::new(\"val_loss\")`")
        }
        "Tokenizer" => "one is made like this: `Tokenizer::words()`".to_owned(),
        _ => format!("this is a type, not a value: press Tab behind `{named}::` to see how one is made"),
    }
}

/// Methods that are not there.
fn method(error: &Error<'_>) -> Option<Hint> {
    let Error { named, .. } = *error;
    let text = match named {
        "from_logits" => {
            let made = error.at.before.trim_end_matches('.').trim_end();
            let kind = made
                .strip_suffix("::new()")?
                .rsplit(|c: char| !c.is_alphanumeric())
                .next()?;
            format!("it takes the place of `new`: `{kind}::from_logits()`")
        }
        "callbacks" => "each one is added alone: `.callback(EarlyStopping::new(\"val_loss\"))`".to_owned(),
        "validation_data" => "here it is called `.validation(&test)`".to_owned(),
        "validation_split" => {
            "divide first, `let (train, test) = data.split(0.8);`, and give `.validation(&test)`".to_owned()
        }
        "kernel_regularizer" | "regularizer" => "here it is called `.penalty(L2(0.001))`".to_owned(),
        "get_weights" => "here it is called `.weights()`".to_owned(),
        "load_weights" => "a whole model is loaded by `Sequential::load(\"digits.safetensors\")?`".to_owned(),
        // The compiler knows a method that is spelled nearly so, but with other arguments.
        _ => {
            let mut advice = error.diagnostic.children.iter();
            let near = advice.find_map(|advice| {
                let rest = advice.message.strip_prefix("there is a method `")?;
                let near = rest.strip_suffix("` with a similar name, but with different arguments")?;
                named
                    .get(..3)
                    .is_some_and(|start| near.starts_with(start))
                    .then_some(near)
            })?;
            format!("did you mean `.{near}`? It takes other arguments")
        }
    };
    alone(text)
}

/// Another type is wanted, one of training's.
fn mismatch(error: &Error<'_>) -> Option<&'static str> {
    let is = |expected: &str, found: &str| error.label(&format!("expected `{expected}`, found {found}"));
    let text = match error.at.code {
        "L1" | "L2" if is("Penalty", "enum constructor") => "a penalty has its strength: `L2(0.001)`",
        "LeakyReLU" if is("ActivationFunction", "enum constructor") => "it has a slope: `LeakyReLU(0.1)`",
        "ELU" if is("ActivationFunction", "enum constructor") => "it has a parameter: `ELU(1.0)`",
        _ if is("Padding", "`&str`") => "a padding is a name without quotes: `Same` or `Valid`",
        _ if is("Initialiser", "`&str`") => "an initialiser is a name without quotes, such as `HeNormal`",
        // `let (train, test) = mnist();`
        _ if error.at.line_before().ends_with("let ")
            && error.diagnostic.labels().any(|label| {
                label.starts_with("expected `Result<(") && label.ends_with("found `(_, _)`")
            }) =>
        {
            "this may have failed: `?` behind it takes the value out"
        }
        _ => return None,
    };
    Some(text)
}

/// Arguments that are missing, or belong elsewhere.
fn arguments(error: &Error<'_>) -> Option<&'static str> {
    let code = error.at.code;
    let missing = error.label("is missing");
    let text = match code {
        "Conv2D::new" | "Conv2DTranspose::new" if missing => {
            "filters and the side of their window are wanted: `Conv2D::new(32, 3)`"
        }
        "Embedding::new" if missing => {
            "the size of the vocabulary and of a vector are wanted: `Embedding::new(1000, 16)`"
        }
        "EarlyStopping::new" if missing => "the curve to watch is wanted: `EarlyStopping::new(\"val_loss\")`",
        "ReduceLROnPlateau::new" if missing => {
            "the curve to watch is wanted: `ReduceLROnPlateau::new(\"val_loss\")`"
        }
        "compile" if missing => {
            "an optimizer, a loss and metrics are wanted: `model.compile(Adam::new(0.001), MeanSquaredError::new(), [])`"
        }
        "SGD::new" if !missing => "momentum is added behind it: `SGD::new(0.1).momentum(0.9)`",
        "Dropout::new" | "BatchNorm::new" | "Flatten::new" => return None,
        "fit" if error.label("unexpected argument") && names_a_callback(error.at.line_after()) => {
            "callbacks are added to the plan: `Fit::epochs(5).callback(EarlyStopping::new(\"loss\"))`"
        }
        "Adam::new" | "AdamW::new" | "SGD::new" | "RMSprop::new" | "Adagrad::new" | "Adadelta::new"
            if missing =>
        {
            "the learning rate is wanted: `Adam::new(0.001)`"
        }
        "evaluate" if !missing => "a data set holds both: `model.evaluate(&Dataset::new(x, y))?`",
        _ => return None,
    };
    Some(text)
}

fn names_a_callback(line: &str) -> bool {
    [
        "EarlyStopping",
        "ModelCheckpoint",
        "ReduceLROnPlateau",
        "LearningRateSchedule",
        "CsvLog",
    ]
    .iter()
    .any(|name| line.contains(name))
}

/// A closure with other arguments than those it is given.
fn closure(error: &Error<'_>) -> Option<String> {
    let text = match error.at.code {
        "callback" => {
            "it is handed two things: `.callback(|progress: &Progress, history: &History| println!(\"{}\", progress.epoch))`"
        }
        "each_epoch" => {
            "it is handed three things: `.each_epoch(|model, progress, history| println!(\"{}\", progress.epoch))`"
        }
        code if code.starts_with("LearningRateSchedule::new") => {
            "it is handed the number of the epoch: `LearningRateSchedule::new(|epoch| 0.1 / epoch as f32)`"
        }
        _ => {
            let count = error
                .message
                .split_once("expected to take ")?
                .1
                .split(' ')
                .next()?;
            return Some(format!(
                "between the two `|` stands a name for each of the {count} things that it is handed"
            ))
            .filter(|_| count != "1" && count != "0");
        }
    };
    Some(text.to_owned())
}

/// What a layer of one's own needs.
fn layer(kind: &str) -> String {
    format!(
        "a layer can be copied and printed: write `#[derive(Clone, Debug)]` above the definition of `{kind}`"
    )
}
