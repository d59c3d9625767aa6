//! The same seed gives the same numbers. Alone in its process: tests beside it would draw from the same generator.

use dl_core::prelude::*;

#[test]
fn a_seed_repeats_every_loss() {
    let run = || {
        seed(7);
        let (train, test) = checkerboard(1500, 4).split(0.8);
        let mut model = Sequential::new([2])
            .add(Dense::new(512).activation(ReLU))
            .add(Dropout::new(0.2))
            .add(Dense::new(512).activation(ReLU))
            .add(Dense::new(2));
        model.compile(
            Adam::new(1e-3),
            SparseCategoricalCrossentropy::from_logits(),
            [Accuracy],
        );
        let fit = Fit::epochs(2).batch_size(128).validation(&test).silent();
        let history = model.fit(&train, fit).expect("learns");
        (history, model.weights())
    };
    for threads in [1, 2] {
        dl_core::set_threads(threads);
        let (first, again) = (run(), run());
        assert_eq!(first.0, again.0);
        assert_eq!(first.1, again.1);
    }
}
