//! Every name that lessons and checks use, as they write it: that it is in scope without an import, takes what it is given
//! there, and gives what is said of it. What the names do in full is tested in the other files.

use dl_core::prelude::*;

/// Whether this is one of the losses, layers and so on: for lists of names.
fn all_of<T: ?Sized>(list: &[(&str, Box<T>)], count: usize) {
    let names: std::collections::BTreeSet<_> = list.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), count);
}

#[test]
fn tensors() {
    let x = tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]];
    assert_eq!(Tensor::zeros([2, 3]) + 1.0, Tensor::ones([2, 3]));
    assert_eq!(Tensor::full([2, 3], 0.5).mean().item(), 0.5);
    assert_eq!(Tensor::eye(3).sum().item(), 3.0);
    assert_eq!(Tensor::arange(0., 10., 1.).len(), 10);
    assert_eq!(Tensor::linspace(0., 1., 11).at([10]), 1.0);
    assert_eq!(Tensor::randn([2, 3]).shape(), [2, 3]);
    assert_eq!(Tensor::uniform([2, 3], -1., 1.).rank(), 2);
    assert_eq!(Tensor::from_vec(vec![1., 2.], [2]), tensor![1., 2.]);
    assert_eq!(Tensor::from(ndarray::arr1(&[1., 2.]).into_dyn()), tensor![1., 2.]);
    assert_eq!((x.shape(), x.rank(), x.len()), (&[4, 2][..], 2, 8));
    assert_eq!((x.at([1, 0]), x.sum().item(), x.to_vec().len()), (0., 4., 8));
    assert_eq!(x.to_ndarray().shape(), [4, 2]);
    let (a, b) = (tensor![[1., 2.], [3., 4.]], tensor![[2., 2.], [1., 1.]]);
    assert_eq!(&a + &b, tensor![[3., 4.], [4., 5.]]);
    assert_eq!(a.clone() - 1.0, tensor![[0., 1.], [2., 3.]]);
    assert_eq!(2.0 * &a, &a + &a);
    assert_eq!(-&a, 0.0 - &a);
    assert_eq!(&a / &b, tensor![[0.5, 1.], [3., 4.]]);
    assert_eq!(a.matmul(&b), tensor![[4., 4.], [10., 10.]]);
    assert_eq!(a.t(), tensor![[1., 3.], [2., 4.]]);
    assert_eq!(a.reshape([4, 1]).shape(), [4, 1]);
    assert_eq!(a.slice(0, 0..2), a.rows(0..2));
    assert_eq!(Tensor::concat(&[&a, &b], 0).shape(), [4, 2]);
    let wholes = [a.sum(), a.mean(), a.max(), a.min()].map(|number| number.item());
    assert_eq!(wholes, [10., 2.5, 4., 1.]);
    assert_eq!(
        (a.sum_axis(0), a.mean_axis(0)),
        (tensor![4., 6.], tensor![2., 3.])
    );
    assert_eq!(
        (a.max_axis(1), a.argmax_axis(1)),
        (tensor![2., 4.], tensor![1., 1.])
    );
    assert_eq!(a.square().sqrt(), a.abs());
    assert!((a.exp().ln() - &a).abs().max().item() < 1e-6);
    assert_eq!(a.powf(3.).at([1, 0]), 27.);
    assert_eq!(a.clamp(0., 1.), Tensor::ones([2, 2]));
    let bent = [
        a.sigmoid(),
        a.tanh(),
        a.relu(),
        a.leaky_relu(0.1),
        a.elu(1.0),
        a.softmax(),
    ];
    assert!(bent.iter().all(|y| y.shape() == a.shape()));
    let (images, kernel) = (Tensor::ones([1, 4, 4, 1]), Tensor::ones([3, 3, 1, 2]));
    let padding: Padding = Valid;
    let conv = Conv { stride: 1, padding };
    assert_eq!(images.conv2d(&kernel, conv), Tensor::full([1, 2, 2, 2], 9.));
    assert_eq!(images.max_pool2d(2, 2), images.avg_pool2d(2, 2));
    assert_eq!(a.to(Device::cpu()).device(), Device::cpu());
    assert!(Device::cuda(999).is_err());
    assert_eq!(a.to(Device::best()).to(Device::cpu()), a);
}

#[test]
fn gradients() {
    let (x, y) = (tensor![[1., 2.], [3., 4.]], tensor![[1.], [2.]]);
    let w = Tensor::randn([2, 1]).track();
    let loss = (x.matmul(&w) - &y).square().mean();
    let g = loss.backward();
    let dw = g.of(&w);
    assert_eq!(dw.shape(), w.shape());
}

#[test]
fn models_from_start_to_file() -> Result<(), Error> {
    seed(42);
    let (train, test) = fashion_mnist_sample();
    let (train, test) = (train.normalize().take(64), test.normalize().take(32));
    let mut model = Sequential::new([28, 28, 1])
        .add(Conv2D::new(2, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Flatten::new())
        .add(Dropout::new(0.5))
        .add(Dense::new(10));
    model.compile(
        Adam::new(1e-3),
        SparseCategoricalCrossentropy::from_logits(),
        [Accuracy],
    );
    assert!(model.summary().to_string().contains("conv2d"));
    let history = model.fit(&train, Fit::epochs(2).batch_size(32).validation(&test).silent())?;
    let accuracies: &[f32] = history.get("val_accuracy");
    assert_eq!((accuracies.len(), history.interrupted()), (2, false));
    let scores = model.evaluate(&test)?;
    assert_eq!(scores.get("accuracy"), accuracies[1]);
    assert!(scores.loss() > 0.0);
    let p: Tensor = model.predict(&test.x)?;
    assert_eq!(p.shape(), [32, 10]);
    let weights: Vec<Tensor> = model.weights();
    model.set_weights(&weights)?;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("digits.safetensors");
    model.save(&path)?;
    assert_eq!(Sequential::load(&path)?.predict(&test.x)?, p);
    model.freeze(..3);
    model.unfreeze(..);
    assert_eq!(model.summary().trainable(), model.summary().parameters());

    // Looking.
    let shown: Vec<MimeBundle> = vec![
        show_images(&train, 20).show(),
        confusion_matrix(&model, &test)?.show(),
        heatmap(&weights[3]).show(),
        history.show(),
        model.summary().show(),
    ];
    assert!(shown.iter().all(|bundle| !bundle.plain().is_empty()));
    Ok(())
}

#[test]
fn data_and_curves() -> Result<(), Error> {
    let points = xor(200, 0.1);
    let (train, test) = points.split(0.8);
    assert_eq!((train.len(), test.len(), train.take(100).len()), (160, 40, 100));
    assert_eq!(one_hot(&tensor![1., 0.], 10).shape(), [2, 10]);
    assert_eq!(Dataset::new(tensor![[1.]], tensor![1.]).classes.len(), 0);
    assert_eq!(digits().x.shape()[1..], [8, 8, 1]);
    let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    model.compile(
        SGD::new(0.1).momentum(0.9).nesterov(),
        BinaryCrossentropy::new(),
        [Accuracy],
    );
    let surface = decision_surface(&model, &points.x, &points.y)?;
    let (xs, ys) = (Tensor::linspace(0., 1., 5), Tensor::linspace(1., 2., 5));
    let chart = plot(&xs, &ys);
    display(&surface);
    let live = display_live(&chart);
    live.update(&chart);
    let _: fn(&str) -> String = input;
    assert!(!scatter(&points.x, &points.y).show().plain().is_empty());
    Ok(())
}

/// Whether it shows itself as text and as a picture or a table.
fn is_shown(value: &dyn Show) {
    let bundle = value.show();
    assert!(!bundle.plain().is_empty());
    assert!(
        bundle.get("image/svg+xml").or(bundle.get("text/html")).is_some(),
        "only text"
    );
}

#[test]
fn displays() -> Result<(), Error> {
    seed(1);
    let (train, _) = mnist_sample();
    let train = train.normalize().take(64);
    let image = train.x.rows(0..1);
    let mut model = Sequential::new([28, 28, 1])
        .add(RandomRotation::new(0.1))
        .add(Conv2D::new(4, 3).activation(ReLU))
        .add(MaxPool2D::new(2))
        .add(Flatten::new())
        .add(Dense::new(10).activation(Softmax));
    model.compile(Adam::new(0.01), SparseCategoricalCrossentropy::new(), [Accuracy]);
    let rates = find_learning_rate(&model, &train)?;
    assert!(rates.suggestion() > 0.0);
    is_shown(&rates);
    let first = model.fit(&train, Fit::epochs(1).silent())?;
    let second = model.fit(&train, Fit::epochs(1).silent())?;
    is_shown(&compare(&[("first", &first), ("second", &second)]));
    is_shown(&network_diagram(&model)?);
    is_shown(&filters(&model, 1)?);
    is_shown(&feature_maps(&model, &image, 1)?);
    is_shown(&all_feature_maps(&model, &image)?);
    is_shown(&weight_histograms(&model));
    is_shown(&activation_histograms(&model, &train.x)?);
    is_shown(&gradient_sizes(&model, &train)?);
    is_shown(&classification_report(&model, &train)?);
    is_shown(&confusion_matrix(&model, &train)?.worst(5));
    is_shown(&show_augmented(&RandomFlip::new(), &train, 4)?);
    is_shown(&show_augmented(&model, &train, 4)?);
    is_shown(&show_pairs(&train.x, &(0.5 * &train.x), 4));
    let conv = Conv {
        stride: 1,
        padding: Valid,
    };
    let window = convolution_window(&Tensor::eye(4), &Tensor::ones([2, 2]), conv);
    is_shown(&window.at(window.steps() - 1));
    is_shown(&pooling_window(&Tensor::eye(4), 2, 2));
    is_shown(&plot_series(&[("one", &[1, 2]), ("other", &tensor![1., 3.])]));
    is_shown(
        &plot(&[0, 1], &[1, 2])
            .name("line")
            .points("points", &[0, 1], &[1, 1])
            .log_x()
            .log_y(),
    );
    Ok(())
}

#[test]
fn every_name_of_the_lists() {
    let layers: Vec<(&str, Box<dyn Layer>)> = vec![
        ("Dense", Box::new(Dense::new(3))),
        ("Activation", Box::new(Activation::new(ReLU))),
        ("Flatten", Box::new(Flatten::new())),
        ("Reshape", Box::new(Reshape::new([2, 2]))),
        ("Dropout", Box::new(Dropout::new(0.5))),
        ("BatchNorm", Box::new(BatchNorm::new())),
        ("LayerNorm", Box::new(LayerNorm::new())),
        ("Conv2D", Box::new(Conv2D::new(8, 3).stride(2).padding(Same))),
        ("Conv2DTranspose", Box::new(Conv2DTranspose::new(8, 3))),
        ("UpSampling2D", Box::new(UpSampling2D::new(2))),
        ("ZeroPadding2D", Box::new(ZeroPadding2D::new(1))),
        ("MaxPool2D", Box::new(MaxPool2D::new(2))),
        ("AvgPool2D", Box::new(AvgPool2D::new(2))),
        ("GlobalAvgPool2D", Box::new(GlobalAvgPool2D::new())),
        ("Embedding", Box::new(Embedding::new(100, 8))),
        ("SimpleRNN", Box::new(SimpleRNN::new(8).return_sequences())),
        ("LSTM", Box::new(LSTM::new(8).stateful())),
        ("GRU", Box::new(GRU::new(8).return_sequences().stateful())),
        ("Maxout", Box::new(Maxout::new(8, 2))),
        ("RandomFlip", Box::new(RandomFlip::new())),
        ("RandomRotation", Box::new(RandomRotation::new(0.1))),
        ("RandomZoom", Box::new(RandomZoom::new(0.1))),
        ("RandomTranslation", Box::new(RandomTranslation::new(0.1, 0.1))),
        ("RandomPerspective", Box::new(RandomPerspective::new(0.1))),
        ("RandomBrightness", Box::new(RandomBrightness::new(0.1))),
        ("RandomChannelShift", Box::new(RandomChannelShift::new(0.1))),
    ];
    all_of(&layers, 26);
    for (name, layer) in &layers {
        assert_eq!(layer.kind(), *name);
        assert!(layer.known().is_some(), "{name} cannot be saved");
    }
    let losses: Vec<(&str, Box<dyn Loss>)> = vec![
        ("MeanSquaredError", Box::new(MeanSquaredError::new())),
        ("MeanAbsoluteError", Box::new(MeanAbsoluteError::new())),
        (
            "MeanSquaredLogarithmicError",
            Box::new(MeanSquaredLogarithmicError::new()),
        ),
        ("BinaryCrossentropy", Box::new(BinaryCrossentropy::new())),
        ("binary logits", Box::new(BinaryCrossentropy::from_logits())),
        (
            "CategoricalCrossentropy",
            Box::new(CategoricalCrossentropy::new()),
        ),
        (
            "categorical logits",
            Box::new(CategoricalCrossentropy::from_logits()),
        ),
        (
            "SparseCategoricalCrossentropy",
            Box::new(SparseCategoricalCrossentropy::new()),
        ),
        (
            "sparse logits",
            Box::new(SparseCategoricalCrossentropy::from_logits()),
        ),
        ("Hinge", Box::new(Hinge::new())),
        ("SquaredHinge", Box::new(SquaredHinge::new())),
        ("KLDivergence", Box::new(KLDivergence::new())),
        ("Huber", Box::new(Huber::new())),
    ];
    all_of(&losses, 13);
    let optimizers: Vec<(&str, Box<dyn Optimizer>)> = vec![
        ("SGD", Box::new(SGD::new(0.1).momentum(0.9).nesterov())),
        ("Adam", Box::new(Adam::new(1e-3).clip_norm(1.0))),
        ("AdamW", Box::new(AdamW::new(1e-3).global_clip_norm(1.0))),
        ("RMSprop", Box::new(RMSprop::new(1e-3).clip_value(1.0))),
        ("Adagrad", Box::new(Adagrad::new(1e-3))),
        ("Adadelta", Box::new(Adadelta::new(1.0))),
        (
            "step",
            Box::new(SGD::new(PiecewiseConstantDecay::new([5], [0.1, 0.01]))),
        ),
        (
            "exponential",
            Box::new(SGD::new(ExponentialDecay::new(0.1, 5, 0.5))),
        ),
        (
            "warm-up, cosine",
            Box::new(SGD::new(WarmUp::new(5, CosineDecay::new(0.1, 50)))),
        ),
    ];
    all_of(&optimizers, 9);
    let folder = tempfile::tempdir().expect("a folder");
    let callbacks: Vec<(&str, Box<dyn Callback>)> = vec![
        (
            "EarlyStopping",
            Box::new(EarlyStopping::new("val_loss").restore_best()),
        ),
        (
            "ModelCheckpoint",
            Box::new(ModelCheckpoint::new(folder.path().join("best.safetensors"))),
        ),
        ("ReduceLROnPlateau", Box::new(ReduceLROnPlateau::new("loss"))),
        (
            "LearningRateSchedule",
            Box::new(LearningRateSchedule::new(|epoch| 0.1 / epoch as f32)),
        ),
        ("CsvLog", Box::new(CsvLog::new(folder.path().join("log.csv")))),
        ("closure", Box::new(|_: &Progress, _: &History| ())),
    ];
    all_of(&callbacks, 6);
    let functions = [Linear, Sigmoid, Tanh, ReLU, LeakyReLU(0.1), ELU(1.0), Softmax];
    assert!(
        functions
            .iter()
            .all(|function| function.apply(&tensor![[1., 2.]]).len() == 2)
    );
    let starts = [
        GlorotUniform,
        HeNormal,
        TruncatedNormal(0.1),
        Zeros,
        Constant(1.0),
    ];
    assert!(starts.iter().all(|start| start.make([3, 2]).shape() == [3, 2]));
    let metrics = [Accuracy, TopK(3), Precision, Recall, F1, AUC, MAE, RMSE];
    assert!(metrics.iter().all(|metric| !metric.name().is_empty()));
    let penalties = [L1(0.1), L2(0.1), L1L2(0.1, 0.1)];
    let dense = penalties.map(|penalty| Dense::new(1).penalty(penalty));
    assert_eq!(dense.len(), 3);
}
