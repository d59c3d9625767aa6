//! What callbacks do to a training: stop it, change its rate, save, log, fail; and what a failed training leaves behind.

use dl_core::prelude::*;
use insta::assert_snapshot;
use std::path::PathBuf;

/// A model of one weight w whose loss is w², as it stands before each step.
fn model() -> Sequential {
    let mut model = Sequential::new([1]).add(Dense::new(1).kernel_initialiser(Constant(1.0)));
    model.compile(SGD::new(0.5), MeanSquaredError::new(), []);
    model
}

fn data() -> Dataset {
    Dataset::new(tensor![[1.]], tensor![[0.]])
}

/// Sets the weight before each epoch, so that the loss of epoch n is `curve[n - 1]`; repeats the last number.
struct Along<'a>(&'a [f32]);

impl Callback for Along<'_> {
    fn on_epoch_begin(&mut self, model: &mut Sequential, progress: &Progress, _: &History) {
        let loss = self.0[progress.epoch.min(self.0.len()) - 1];
        let weights = [Tensor::from_vec(vec![loss.sqrt()], [1, 1]), Tensor::zeros([1])];
        model.set_weights(&weights).expect("fits");
    }
}

/// A path of this test alone; what is there goes when the value does.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("dl-core-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Scratch(path)
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("a folder");
        let names = entries.map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The folder of the system's temporary files is cleared some day anyway.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn early_stopping_waits_and_puts_back_the_best() {
    let curve = [9.0, 4.0, 1.0, 2.25, 1.5625, 0.99, 4.0, 4.0, 4.0];
    let epochs = |stop: EarlyStopping| {
        let mut model = model();
        // Nothing is learned at rate 0: the weights stay as they were set.
        model.set_learning_rate(0.0);
        let fit = Fit::epochs(9).validation(Box::leak(Box::new(data()))).silent();
        let history = model
            .fit(&data(), fit.callback(Along(&curve)).callback(stop))
            .expect("learns");
        (history.epochs(), model.weights()[0].item().powi(2))
    };
    assert_eq!(epochs(EarlyStopping::new("val_loss")), (4, 2.25));
    assert_eq!(epochs(EarlyStopping::new("val_loss").restore_best()), (4, 1.0));
    assert_eq!(
        epochs(EarlyStopping::new("val_loss").patience(2).restore_best()),
        (5, 1.0)
    );
    let (epoch, best) = epochs(EarlyStopping::new("loss").patience(3).restore_best());
    assert!(epoch == 9 && (best - 0.99).abs() < 1e-6);
    // 0.99 is not enough of an improvement on 1.
    let patient = EarlyStopping::new("val_loss")
        .patience(3)
        .min_delta(0.1)
        .restore_best();
    assert_eq!(epochs(patient), (6, 1.0));
    // The best is put back also when the epochs run out.
    let (epoch, best) = epochs(EarlyStopping::new("val_loss").patience(99).restore_best());
    assert!(epoch == 9 && (best - 0.99).abs() < 1e-6);
}

#[test]
fn early_stopping_on_a_curve_that_should_grow() {
    let data = Dataset::new(tensor![[1.], [-1.]], tensor![1., 0.]);
    let mut model = Sequential::new([1]).add(Dense::new(1).kernel_initialiser(Constant(1.0)));
    model.compile(SGD::new(0.01), BinaryCrossentropy::from_logits(), [Accuracy]);
    let stop = EarlyStopping::new("val_accuracy").patience(4);
    let history = model
        .fit(&data, Fit::epochs(50).validation(&data).silent().callback(stop))
        .expect("learns");
    // All is right from the first epoch on, while the loss still falls.
    assert_eq!(history.get("val_accuracy"), [1.0; 5]);
}

#[test]
fn the_rate_falls_on_a_plateau_as_in_keras() {
    let numbers: serde_json::Value =
        serde_json::from_str(include_str!("references/learning.json")).expect("valid JSON");
    let rows = numbers["plateaus"].as_array().expect("a list");
    assert!(rows.len() >= 3);
    for row in rows {
        let list = |name: &str| -> Vec<f32> { serde_json::from_value(row[name].clone()).expect("numbers") };
        let number = |name: &str| row[name].as_f64().expect("a number");
        let (curve, expected) = (list("curve"), list("rates"));
        let reduce = ReduceLROnPlateau::new("loss")
            .factor(number("factor") as f32)
            .patience(number("patience") as usize)
            .cooldown(number("cooldown") as usize)
            .min_rate(number("min_rate") as f32);
        let mut rates = Vec::new();
        let fit = Fit::epochs(curve.len()).silent();
        let fit = fit.callback(Along(&curve)).callback(reduce);
        let mut model = model();
        model
            .fit(
                &data(),
                fit.each_epoch(|model, _, _| rates.push(model.learning_rate())),
            )
            .expect("learns");
        for (epoch, (found, expected)) in rates.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() < 1e-6,
                "{row}: {found} after epoch {}",
                epoch + 1
            );
        }
        assert_eq!(rates.len(), expected.len());
    }
}

#[test]
fn a_schedule_by_epoch_sets_the_rate_before_it() {
    let mut model = model();
    let rate_of = LearningRateSchedule::new(|epoch| if epoch == 1 { 0.25 } else { 0.0 });
    model
        .fit(&data(), Fit::epochs(3).silent().callback(rate_of))
        .expect("learns");
    // One step from 1 along the gradient 2, for the weight and the bias, then none.
    assert_eq!(model.weights()[0].item(), 0.5);
    let wrong = LearningRateSchedule::new(|epoch| 1.0 / (epoch - 1) as f32);
    let error = model.fit(&data(), Fit::epochs(3).silent().callback(wrong));
    assert_snapshot!(error.expect_err("no rate"), @"
    LearningRateSchedule: the learning rate for epoch 1 is inf
    hint: the function must return a number of at least 0
    ");
}

#[test]
fn checkpoints_hold_the_model_of_their_epoch() {
    let folder = Scratch::new("checkpoints");
    let curve = [4.0, 1.0, 2.25, 0.25];
    let run = |checkpoint: ModelCheckpoint| {
        let mut model = model();
        model.set_learning_rate(0.0);
        let fit = Fit::epochs(10).silent().callback(Along(&curve));
        let stop = |progress: &Progress, _: &History| {
            if progress.epoch == 3 {
                progress.stop();
            }
        };
        model
            .fit(&data(), fit.callback(checkpoint).callback(stop))
            .expect("learns");
    };
    run(ModelCheckpoint::new(
        folder.0.join("m-{epoch}-{loss}.safetensors"),
    ));
    assert_eq!(
        folder.files(),
        [
            "m-01-4.0000.safetensors",
            "m-02-1.0000.safetensors",
            "m-03-2.2500.safetensors"
        ]
    );
    let best = folder.0.join("best.safetensors");
    run(ModelCheckpoint::new(&best).monitor("loss").save_best_only());
    let loaded = Sequential::load(&best).expect("a whole file");
    assert_eq!(loaded.weights()[0].item(), 1.0);
}

#[test]
fn a_log_is_a_table_that_can_be_gone_on_with() {
    let folder = Scratch::new("log");
    let path = folder.0.join("log.csv");
    let curve = [4.0, 1.0];
    let run = |log: CsvLog| {
        let mut model = model();
        model.set_learning_rate(0.0);
        let fit = Fit::epochs(2).silent().callback(Along(&curve));
        model.fit(&data(), fit.callback(log)).map(drop)
    };
    let read = || std::fs::read_to_string(&path).expect("a file");
    run(CsvLog::new(&path)).expect("logs");
    run(CsvLog::new(&path)).expect("logs");
    assert_eq!(read(), "epoch,loss\n1,4\n2,1\n");
    run(CsvLog::new(&path).append()).expect("logs");
    assert_eq!(read(), "epoch,loss\n1,4\n2,1\n1,4\n2,1\n");
    std::fs::write(&path, "epoch,accuracy\n1,0.5").expect("writes");
    let error = run(CsvLog::new(&path).append())
        .expect_err("other columns")
        .to_string();
    assert_snapshot!(error.replace(&*path.to_string_lossy(), "log.csv"), @"
    CsvLog: log.csv has the columns epoch,accuracy, not epoch,loss
    hint: write to another file
    ");
    assert_eq!(read(), "epoch,accuracy\n1,0.5");
    run(CsvLog::new(folder.0.join("new.csv")).append()).expect("begins a file");
}

#[test]
fn a_callback_that_cannot_work_ends_the_training() {
    let epochs = std::cell::Cell::new(0);
    let fail = |callback: Box<dyn FnOnce(Fit<'static>) -> Fit<'static>>| {
        let mut model = model();
        let error = model.fit(&data(), callback(Fit::epochs(3).silent()));
        error.expect_err("must fail").to_string()
    };
    assert_snapshot!(fail(Box::new(|fit| fit.callback(EarlyStopping::new("val_loss")))), @r#"
    EarlyStopping: no curve "val_loss" to watch
    hint: there are loss; for the others give validation data: Fit::epochs(5).validation(&test)
    "#);
    assert_snapshot!(fail(Box::new(|fit| fit.callback(ReduceLROnPlateau::new("acc")))), @r#"
    ReduceLROnPlateau: no curve "acc" to watch
    hint: there are loss; metrics are named in compile
    "#);
    let best = ModelCheckpoint::new("x.safetensors")
        .save_best_only()
        .monitor("accuracy");
    assert_snapshot!(fail(Box::new(|fit| fit.callback(best))), @r#"
    ModelCheckpoint: no curve "accuracy" to watch
    hint: there are loss; metrics are named in compile
    "#);
    let nowhere = ModelCheckpoint::new("/no/such/folder/x.safetensors");
    assert_snapshot!(fail(Box::new(|fit| fit.callback(nowhere))), @"
    ModelCheckpoint: /no/such/folder/x.safetensors: No such file or directory (os error 2)
    hint: check the path, and that its folder is there
    ");
    let unknown = ModelCheckpoint::new("x-{epoch}-{acc}.safetensors");
    assert_snapshot!(fail(Box::new(|fit| fit.callback(unknown))), @"
    ModelCheckpoint: nothing is called {acc} in the path x-{epoch}-{acc}.safetensors
    hint: in braces stand epoch or the name of a curve, such as {epoch} or {val_loss}
    ");
    assert_snapshot!(fail(Box::new(|fit| fit.callback(CsvLog::new("/no/such/folder/log.csv")))), @"
    CsvLog: /no/such/folder/log.csv: No such file or directory (os error 2)
    hint: check the path, and that there is room on the disk
    ");
    // A disk without room: every write to this device fails.
    assert_snapshot!(fail(Box::new(|fit| fit.callback(CsvLog::new("/dev/full")))), @"
    CsvLog: /dev/full: No space left on device (os error 28)
    hint: check the path, and that there is room on the disk
    ");

    // A closure fails in epoch 2: the model keeps what it learned, and no third epoch begins.
    let mut model = model();
    model.set_learning_rate(0.1);
    let full = |progress: &Progress, _: &History| {
        epochs.set(progress.epoch);
        if progress.epoch == 2 {
            progress.fail(Error::new("the log is full", "make room"));
        }
    };
    let error = model.fit(&data(), Fit::epochs(9).silent().callback(full));
    assert_eq!(
        error.expect_err("must fail"),
        Error::new("the log is full", "make room")
    );
    assert_eq!(epochs.get(), 2);
    assert_ne!(model.weights()[0].item(), 1.0);
}

#[test]
fn a_loss_that_explodes_leaves_the_model_as_it_was() {
    let data = Dataset::new(tensor![[1.], [2.]], tensor![[1.], [3.]]);
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model.compile(Adam::new(0.01), MeanSquaredError::new(), []);
    model.fit(&data, Fit::epochs(3).silent()).expect("learns");
    let (before, good) = (model.weights(), model.evaluate(&data).expect("judges").loss());
    model.set_learning_rate(1e30);
    model
        .fit(&data, Fit::epochs(9).silent())
        .expect_err("the loss explodes");
    assert_eq!(model.weights(), before);
    // The optimizer's memory is not poisoned either: with a sane rate it goes on.
    model.set_learning_rate(0.01);
    let history = model.fit(&data, Fit::epochs(20).silent()).expect("learns");
    assert!(history.get("loss")[19] < good);
}

#[test]
fn a_gradient_that_is_no_number_does_not_stay_either() {
    /// Its slope at 0 is infinite, and infinity times 0 is no number.
    #[derive(Clone, Debug)]
    struct Root;
    impl Loss for Root {
        fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
            (prediction - target).square().sqrt().mean()
        }
    }
    let data = Dataset::new(tensor![[0.]], tensor![[0.]]);
    let mut model = Sequential::new([1]).add(Dense::new(1));
    model.compile(SGD::new(0.1), Root, []);
    let before = model.weights();
    let error = model.fit(&data, Fit::epochs(5).silent()).expect_err("no number");
    assert!(
        error
            .to_string()
            .starts_with("fit: the loss became NaN in epoch 2, step 1")
    );
    assert_eq!(model.weights(), before);
}
