//! Models as files: what comes back, and what is refused.

use dl_core::layers::{Layer, Pass};
use dl_core::prelude::*;
use std::fs;
use std::path::PathBuf;

fn model() -> Sequential {
    Sequential::new([4, 1])
        .add(Flatten::new())
        .add(
            Dense::new(5)
                .activation(LeakyReLU(0.1))
                .kernel_initialiser(HeNormal)
                .penalty(L1L2(0.1, 1e-7)),
        )
        .add(Dropout::new(0.25))
        .add(Dense::new(3))
        .add(Activation::new(Softmax))
}

fn place(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let path = folder.path().join(name);
    (folder, path)
}

fn refusal(bytes: &[u8]) -> String {
    let (_folder, path) = place("model.safetensors");
    fs::write(&path, bytes).expect("the folder is there");
    let error = Sequential::load(&path).expect_err("it is no model").to_string();
    error.replace(&path.display().to_string(), "FILE")
}

/// A file with this header and this much behind it.
fn file(header: &str, length: usize) -> Vec<u8> {
    let size = (header.len() as u64).to_le_bytes();
    [&size[..], header.as_bytes(), &vec![0; length]].concat()
}

#[test]
fn a_model_comes_back_bit_for_bit() {
    let (folder, path) = place("größe.safetensors");
    let mut model = model();
    model.freeze(..2);
    model.save(&path).unwrap();
    let mut again = Sequential::load(&path).unwrap();
    let bits = |tensors: &[Tensor]| -> Vec<u32> {
        tensors
            .iter()
            .flat_map(Tensor::to_vec)
            .map(f32::to_bits)
            .collect()
    };
    let x = Tensor::randn([7, 4, 1]);
    assert_eq!(
        bits(&[again.predict(&x).unwrap()]),
        bits(&[model.predict(&x).unwrap()])
    );
    assert_eq!(bits(&again.weights()), bits(&model.weights()));
    assert_eq!(format!("{again:?}"), format!("{model:?}"));
    assert_eq!(again.summary(), model.summary());
    assert_eq!(again.summary().trainable(), 18);

    // Written over, and no other file is left behind.
    again
        .set_weights(&again.weights().iter().map(|w| w * 2.0).collect::<Vec<_>>())
        .unwrap();
    again.save(&path).unwrap();
    assert_eq!(
        bits(&Sequential::load(&path).unwrap().weights()),
        bits(&again.weights())
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let empty = Sequential::new([2]);
    empty.save(&path).unwrap();
    assert_eq!(Sequential::load(&path).unwrap().input_shape(), [2]);
}

/// One model of each layer that has weights or settings of its own, with random weights.
fn models_of_every_layer() -> Vec<Sequential> {
    vec![
        Sequential::new([6]).add(BatchNorm::new().momentum(0.75).epsilon(1e-5)),
        Sequential::new([6]).add(LayerNorm::new().epsilon(1e-5)),
        Sequential::new([6]).add(Maxout::new(3, 2).kernel_initialiser(Orthogonal).penalty(L2(1e-3))),
        Sequential::new([6]).add(Reshape::new([-1, 2])),
        Sequential::new([3, 2]).add(SimpleRNN::new(3).activation(ReLU).penalty(L1(1e-3))),
        Sequential::new([3, 2]).add(LSTM::new(3).return_sequences().kernel_initialiser(HeNormal)),
        Sequential::new([3, 2]).add(GRU::new(3).stateful().recurrent_initialiser(GlorotUniform)),
        Sequential::new([3, 2, 1])
            .add(RandomFlip::vertical())
            .add(RandomPerspective::new(0.3).probability(0.5)),
        Sequential::new([3, 2, 1]).add(RandomRotation::new((0.1, 0.2)).fill(FillMode::Constant(0.5))),
        Sequential::new([3, 2, 1]).add(RandomZoom::new(0.1).width(0.3).fill(FillMode::Wrap)),
        Sequential::new([3, 2, 1]).add(RandomTranslation::new(0.1, 0.3).fill(FillMode::Nearest)),
        Sequential::new([3, 2, 1])
            .add(RandomBrightness::new(0.3))
            .add(RandomChannelShift::new(0.1).value_range(0., 9.)),
        Sequential::new([6]).add(Embedding::new(5, 3).embeddings_initialiser(Uniform(1.0))),
    ]
}

#[test]
fn every_layer_comes_back_bit_for_bit() {
    seed(4);
    let (_folder, path) = place("layer.safetensors");
    for mut model in models_of_every_layer() {
        let drawn: Vec<Tensor> = model
            .weights()
            .iter()
            .map(|w| Tensor::uniform(w.shape(), 0.1, 1.0))
            .collect();
        model.set_weights(&drawn).unwrap();
        model.save(&path).unwrap();
        let again = Sequential::load(&path).unwrap();
        assert_eq!(format!("{again:?}"), format!("{model:?}"));
        assert_eq!(again.weights(), model.weights());
        assert_eq!(again.summary(), model.summary());
        // Whole numbers below 5, which an embedding takes too.
        let x = Tensor::arange(0., 12., 1.)
            .to_vec()
            .iter()
            .map(|n| n % 5.0)
            .collect();
        let shape = [
            &[12 / model.input_shape().iter().product::<usize>()],
            model.input_shape(),
        ]
        .concat();
        let x = Tensor::from_vec(x, shape);
        assert_eq!(again.predict(&x).unwrap(), model.predict(&x).unwrap());
    }
}

#[test]
fn what_cannot_be_saved_says_why() {
    #[derive(Clone, Debug)]
    struct Mine;
    impl Layer for Mine {
        fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Error> {
            Ok(input.to_vec())
        }
        fn forward(&self, x: &Tensor, _: &Pass) -> Tensor {
            x.clone()
        }
    }
    let (_folder, path) = place("a.safetensors");
    let error = Sequential::new([2]).add(Mine).save(&path).unwrap_err();
    insta::assert_snapshot!(error, @"
    save: mine is a layer of your own, which no file can hold
    hint: keep model.weights(); later build the same model and give them to set_weights
    ");
    assert!(!path.exists());
    let error = model().save("/nowhere/at/all.safetensors").unwrap_err();
    insta::assert_snapshot!(error, @"
    save: /nowhere/at/all.safetensors: No such file or directory (os error 2)
    hint: check the path, and that its folder is there
    ");
    let error = Sequential::load("/nowhere/at/all.safetensors").unwrap_err();
    insta::assert_snapshot!(error, @"
    load: /nowhere/at/all.safetensors: No such file or directory (os error 2)
    hint: check the path, and that its folder is there
    ");
}

#[test]
fn a_damaged_foreign_or_hostile_file_is_refused() {
    let (_folder, path) = place("model.safetensors");
    model().save(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in [0, 7, 8, 100, whole.len() - 1] {
        let text = refusal(&whole[..length]);
        assert!(
            text.starts_with("load: FILE is no whole safetensors file: "),
            "{length}: {text}"
        );
    }
    assert!(refusal(&[&whole[..], b"more"].concat()).contains("no whole"));
    assert!(refusal(b"PK\x03\x04 a zip archive, say").contains("no whole"));
    assert!(refusal(&[0xff; 64]).contains("no whole"));
    insta::assert_snapshot!(refusal(&file("{}", 0)), @"
    load: FILE holds weights, but not the layers that they belong to
    hint: build the model with its layers, then give it the weights with set_weights
    ");

    let described = |layers: &str, weights: &str, length: usize| {
        let model = format!(r#"{{"input_shape":[2],"layers":[{layers}]}}"#);
        let header = format!(r#"{{"__metadata__":{{"hebb.sequential":{model:?}}}{weights}}}"#);
        refusal(&file(&header, length))
    };
    let dense = |units: &str| {
        format!(
            r#"{{"layer":"Dense","units":{units},"activation":"ReLU","kernel":"GlorotUniform","bias":"Zeros","penalty":null}}"#
        )
    };
    let weight = |name: &str, shape: &str, end: usize| {
        format!(r#","dense/{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[0,{end}]}}"#)
    };
    insta::assert_snapshot!(described(&dense("3"), "", 0), @"
    load: FILE does not fit together: tensor `dense/kernel` not found
    hint: save the model again; files of a newer version may have layers that this one does not know
    ");
    insta::assert_snapshot!(described(&dense("1000000000000"), &weight("kernel", "[2,1]", 8), 8), @"
    load: FILE does not fit together: dense/kernel is F32 of shape [2, 1], the layer needs F32 of [2, 1000000000000]
    hint: save the model again; files of a newer version may have layers that this one does not know
    ");
    insta::assert_snapshot!(described(&dense("0"), "", 0), @"
    load: FILE does not fit together: Dense: a layer of 0 units has no output
    hint: save the model again; files of a newer version may have layers that this one does not know
    ");
    insta::assert_snapshot!(described(&dense("-1"), "", 0), @"
    load: FILE does not fit together: invalid value: integer `-1`, expected usize at line 1 column 132
    hint: save the model again; files of a newer version may have layers that this one does not know
    ");
    let unknown = described(r#"{"layer":"Teleport"}"#, "", 0);
    let (start, layers) = unknown
        .split_once(", expected one of ")
        .expect("the layers that there are");
    assert_eq!(
        start,
        "load: FILE does not fit together: unknown variant `Teleport`"
    );
    assert!(layers.contains("`Dense`") && layers.contains("\nhint: save the model again"));
    insta::assert_snapshot!(described("", &weight("kernel", "[2,1]", 8), 8), @"
    load: FILE does not fit together: 1 weights for layers that have 0
    hint: save the model again; files of a newer version may have layers that this one does not know
    ");
}
