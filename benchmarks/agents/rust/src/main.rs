//! An agent on the crate spop, which does what the sample does with its messages: it reads their arguments, and sets
//! variables. Arguments: addresses to listen on, a port of loopback or the path of a UNIX socket.

use std::{env, io, net::Ipv4Addr};

use futures::{SinkExt, StreamExt, future};
use spop::{
    MAX_FRAME_SIZE_LIMIT, SpopCodec, SpopFrame, StatusCode, TypedData,
    actions::VarScope,
    frame::{FramePayload, FrameType, Message},
    frames::{Ack, AgentDisconnect, AgentHello, FrameCapabilities, HaproxyHello},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
};
use tokio_util::codec::Framed;

const BLOCKED: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

fn score(message: &Message) -> u32 {
    match message.get("ip") {
        Some(TypedData::IPv4(ip)) if *ip == BLOCKED => 10,
        _ => 90,
    }
}

fn answer(frame: &dyn SpopFrame) -> Ack {
    let metadata = frame.metadata();
    let mut ack = Ack::new(metadata.stream_id, metadata.frame_id);
    if let FramePayload::ListOfMessages(messages) = &frame.payload() {
        for message in *messages {
            match message.name.as_str() {
                "check-client-ip" => ack = ack.set_var(VarScope::Session, "ip_score", score(message)),
                "log-request" => ack = ack.set_var(VarScope::Transaction, "my_var", "tequila"),
                _ => {}
            }
        }
    }
    ack
}

fn goodbye(status: StatusCode) -> Box<AgentDisconnect> {
    Box::new(AgentDisconnect {
        status_code: status.to_u32(),
        message: status.message().to_string(),
    })
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut socket = Framed::new(stream, SpopCodec::default());
    while let Some(frame) = socket.next().await {
        let frame = frame?;
        match frame.frame_type() {
            FrameType::HaproxyHello => {
                let hello = HaproxyHello::try_from(frame.payload()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
                let Some(version) = hello.negotiate_version() else {
                    return socket.send(goodbye(StatusCode::BadVersion)).await;
                };
                let max_frame_size = match hello.negotiate_max_frame_size(MAX_FRAME_SIZE_LIMIT) {
                    Ok(size) => size,
                    Err(status) => return socket.send(goodbye(status)).await,
                };
                socket.codec_mut().set_max_frame_size(max_frame_size);
                let hello_of_agent = AgentHello {
                    version,
                    max_frame_size,
                    capabilities: vec![FrameCapabilities::Pipelining],
                };
                socket.send(Box::new(hello_of_agent)).await?;
                if hello.healthcheck == Some(true) {
                    return Ok(());
                }
            }
            FrameType::Notify => socket.send(Box::new(answer(&*frame))).await?,
            FrameType::HaproxyDisconnect => return socket.send(goodbye(StatusCode::None)).await,
            _ => {}
        }
    }
    Ok(())
}

async fn listen(address: String) -> io::Result<()> {
    if address.contains('/') {
        let listener = UnixListener::bind(address)?;
        loop {
            tokio::spawn(serve(listener.accept().await?.0));
        }
    }
    let listener = TcpListener::bind(format!("127.0.0.1:{address}")).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream));
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    future::try_join_all(env::args().skip(1).map(listen)).await?;
    Ok(())
}
