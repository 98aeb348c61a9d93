use airmail::runtime::Builder;
use airmail::task::scope;
use std::sync::mpsc::channel;

fn main() {
    let (out, copied) = channel::<String>();
    Builder::new_current_thread().build().unwrap().block_on(async {
        let (data, _) = scope(String::from("letter"), |scope| {
            scope.spawn(move |data| Box::pin(async move { drop(out.send(data.clone())) }));
        })
        .await;
        drop(data);
    });
    println!("{:?}", copied.recv());
}
