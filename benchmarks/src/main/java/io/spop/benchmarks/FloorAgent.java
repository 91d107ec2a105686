package io.spop.benchmarks;

import java.util.List;
import java.util.Set;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.spop.codec.SpopCodec;
import io.spop.protocol.Actions;
import io.spop.protocol.Capability;
import io.spop.protocol.Frame;
import io.spop.protocol.FrameType;
import io.spop.protocol.VarScope;

/**
 * An agent that does no more than the protocol asks for, to compare other agents with. It
 * answers each NOTIFY with the same action, and does not read the messages.
 */
public final class FloorAgent extends ByteToMessageDecoder {

	/** The length, the type and the flags of a frame. */
	private static final int HEADER = 9;

	private static final byte[] HELLO = encode(
			new Frame.AgentHello(Frame.VERSION, 16380, Set.of(Capability.PIPELINING)));

	/** The actions of an ACK, which follow the header and two ids of a byte each. */
	private static final byte[] ACTIONS = encode(
			new Frame.Ack(0, 0, Actions.set(VarScope.TRANSACTION, "my_var", "tequila")), HEADER + 2);

	private ByteBuf out = Unpooled.EMPTY_BUFFER;

	/**
	 * Start the agent on a port of loopback.
	 * @param args the port
	 */
	public static void main(String[] args) {
		EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
		new ServerBootstrap().group(group)
			.channel(NioServerSocketChannel.class)
			.option(ChannelOption.SO_BACKLOG, 512)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					channel.pipeline().addLast(new FloorAgent());
				}

			})
			.bind("127.0.0.1", Integer.parseInt(args[0]))
			.syncUninterruptibly();
	}

	private static byte[] encode(Frame frame) {
		return encode(frame, 0);
	}

	private static byte[] encode(Frame frame, int skipped) {
		ByteBuf buffer = Unpooled.buffer();
		new SpopCodec(16380).encode(frame, buffer);
		return ByteBufUtil.getBytes(buffer.skipBytes(skipped));
	}

	@Override
	protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> unused) {
		int start = in.readerIndex();
		if (in.readableBytes() < Integer.BYTES || in.readableBytes() < Integer.BYTES + in.getInt(start)) {
			return;
		}
		in.skipBytes(Integer.BYTES + in.getInt(start));
		if (!this.out.isReadable()) {
			this.out = context.alloc().ioBuffer(1024);
		}
		int type = in.getByte(start + Integer.BYTES);
		if (type == FrameType.HAPROXY_HELLO.code()) {
			this.out.writeBytes(HELLO);
		}
		else if (type == FrameType.NOTIFY.code()) {
			int ids = endOfVarint(in, endOfVarint(in, start + HEADER)) - (start + HEADER);
			this.out.writeInt(HEADER - Integer.BYTES + ids + ACTIONS.length);
			this.out.writeByte(FrameType.ACK.code()).writeInt(1);
			this.out.writeBytes(in, start + HEADER, ids).writeBytes(ACTIONS);
		}
		else {
			context.close();
		}
	}

	private static int endOfVarint(ByteBuf in, int start) {
		int end = start + 1;
		if (in.getUnsignedByte(start) >= 240) {
			while (in.getByte(end++) < 0) {
				// A varint has seven bits in each further byte
			}
		}
		return end;
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) throws Exception {
		if (this.out.isReadable()) {
			context.writeAndFlush(this.out, context.voidPromise());
			this.out = Unpooled.EMPTY_BUFFER;
		}
		super.channelReadComplete(context);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		context.close();
	}

}
