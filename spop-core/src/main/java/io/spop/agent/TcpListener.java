package io.spop.agent;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

import io.netty.handler.ipfilter.IpFilterRule;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * A listener on a TCP address. Immutable.
 * <p>
 * SPOP has no authentication: let it listen on loopback or a private network, or use
 * {@linkplain #tls(Supplier) TLS} with certificates of the clients.
 *
 * @since 0.1.0
 * @see SpopListener#tcp(String, InetSocketAddress)
 */
public final class TcpListener extends SpopListener {

	private final InetSocketAddress address;

	private final List<IpFilterRule> allowed;

	private final @Nullable Supplier<SslContext> tls;

	TcpListener(String name, InetSocketAddress address) {
		this(name, Objects.requireNonNull(address, "address"), List.of(), null);
	}

	private TcpListener(String name, InetSocketAddress address, List<IpFilterRule> allowed,
			@Nullable Supplier<SslContext> tls) {
		super(name);
		this.address = address;
		this.allowed = allowed;
		this.tls = tls;
	}

	/**
	 * Return this listener with TLS. Only the JDK's provider is tested. The context says
	 * which protocols and cipher suites there are; one that is built without a list has
	 * all that Netty has by default, those with RSA key exchange or CBC included. With
	 * TLS 1.2, a connection whose peer asks for another handshake is closed. What takes
	 * long in a handshake, such as calls of the managers of keys and of trust, runs on
	 * threads of the agent that may block, a few for all of its connections.
	 * @param context returns a context for servers, which says who has to have which
	 * certificate. Each new connection asks for it, so that another one can take its
	 * place while the agent runs; on an event loop, so it must not block or throw.
	 * @return a new listener
	 */
	public TcpListener tls(Supplier<SslContext> context) {
		return new TcpListener(name(), this.address, this.allowed, Objects.requireNonNull(context, "context"));
	}

	/**
	 * Return this listener for some addresses only. A connection from elsewhere is closed
	 * at once.
	 * @param addresses addresses, IPv4 and IPv6, such as {@code 192.0.2.1}, and networks
	 * in CIDR notation, such as {@code 10.0.0.0/8} and {@code 2001:db8::/32}
	 * @return a new listener
	 * @throws IllegalArgumentException if there is no address, or a text that is none
	 */
	public TcpListener allow(Collection<String> addresses) {
		if (Objects.requireNonNull(addresses, "addresses").isEmpty()) {
			throw new IllegalArgumentException("Give at least one address: without one, nobody could connect");
		}
		return new TcpListener(name(), this.address, addresses.stream().map(TcpListener::rule).toList(), this.tls);
	}

	private static IpFilterRule rule(String text) {
		int slash = Objects.requireNonNull(text, "an element of addresses").indexOf('/');
		String address = (slash < 0) ? text : text.substring(0, slash);
		// Not InetAddress.getByName(), which would ask DNS for what is no address
		byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
		if (bytes == null) {
			throw new IllegalArgumentException("'" + text
					+ "' is not an IP address or network: write it as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32");
		}
		try {
			InetAddress inet = InetAddress.getByAddress(bytes);
			int bits = 8 * inet.getAddress().length;
			int prefix = (slash < 0) ? bits : Integer.parseInt(text.substring(slash + 1));
			if (prefix < 0 || prefix > bits) {
				throw new IllegalArgumentException("The number after the '/' in '" + text + "' is 0 to " + bits);
			}
			return new IpSubnetFilterRule(inet, prefix, IpFilterRuleType.ACCEPT);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("A number has to follow the '/' in '" + text + "'", ex);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public InetSocketAddress address() {
		return this.address;
	}

	@Override
	public boolean isTls() {
		return this.tls != null;
	}

	/**
	 * Return what returns the context of a new connection, or {@code null} without TLS.
	 */
	@Nullable Supplier<SslContext> context() {
		return this.tls;
	}

	/**
	 * Return rules that match the addresses that may connect, none if all may.
	 */
	List<IpFilterRule> allowed() {
		return this.allowed;
	}

}
